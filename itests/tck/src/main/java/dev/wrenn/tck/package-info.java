/** What the kits of all driver kinds share. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.tck;
