/** Snapshots of microVMs on one host: layers of pages, the maps over them, manifests, and who still needs which of them. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.snapshot;
