/** Connections into a capsule. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.port;
