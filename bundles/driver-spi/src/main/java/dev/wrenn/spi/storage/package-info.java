/** Storage drivers: copy-on-write disks over immutable images. */
@org.osgi.annotation.versioning.Version("1.1.0")
package dev.wrenn.spi.storage;
