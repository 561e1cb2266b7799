/** The kit that proves a hypervisor driver: extend {@link dev.wrenn.tck.hypervisor.HypervisorTck}. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.tck.hypervisor;
