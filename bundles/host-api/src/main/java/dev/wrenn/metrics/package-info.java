/** What a capsule uses. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.metrics;
