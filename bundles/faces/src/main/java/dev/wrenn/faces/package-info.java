/** What the faces that speak HTTP share. For the faces of this platform only. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.faces;
