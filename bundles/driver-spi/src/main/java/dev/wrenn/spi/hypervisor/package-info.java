/** Hypervisor drivers: from a plan to a running microVM that outlives the driver, and from there to a saved one and back. */
@org.osgi.annotation.versioning.Version("1.2.0")
package dev.wrenn.spi.hypervisor;
