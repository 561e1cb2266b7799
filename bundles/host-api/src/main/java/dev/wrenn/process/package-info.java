/** Processes in a guest: what may be asked of them and what comes back. Shared by all layers above the host. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.process;
