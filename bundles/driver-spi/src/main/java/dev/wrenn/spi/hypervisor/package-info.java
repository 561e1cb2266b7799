/** Hypervisor drivers: from a boot plan to a running microVM that outlives the driver. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.spi.hypervisor;
