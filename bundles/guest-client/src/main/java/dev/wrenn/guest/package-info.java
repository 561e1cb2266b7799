/** Client of the agent in a capsule: readiness and configuration, health, metrics, processes, files, connections. For the host only. */
@org.osgi.annotation.versioning.Version("1.1.0")
package dev.wrenn.guest;
