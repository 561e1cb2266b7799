/** Network drivers: how a capsule reaches out and how its host reaches the agent in it. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.spi.network;
