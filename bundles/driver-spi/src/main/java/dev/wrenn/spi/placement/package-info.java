/** Placement policies: which host takes a new capsule. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.spi.placement;
