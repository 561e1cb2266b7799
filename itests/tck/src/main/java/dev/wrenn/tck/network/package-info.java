/** The kit that proves a network driver: extend {@link dev.wrenn.tck.network.NetworkTck}. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.tck.network;
