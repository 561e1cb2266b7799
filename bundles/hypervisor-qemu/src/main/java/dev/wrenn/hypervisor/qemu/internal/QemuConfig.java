package dev.wrenn.hypervisor.qemu.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** What an administrator may set. */
@ObjectClassDefinition(id = QemuHypervisor.PID, name = "Wrenn QEMU hypervisor", description = "Runs capsules as QEMU microVMs")
@interface QemuConfig {
  @AttributeDefinition(description = "Directory in which every microVM has its own; a short path, for sockets lie in it. "
      + "Empty: vms in the environment's WRENN_DIR, and without that in /var/lib/wrenn")
  String directory() default "";

  @AttributeDefinition(description = "QEMU program: a name to be found in the PATH, or an absolute path below /usr")
  String binary() default "qemu-system-x86_64";

  @AttributeDefinition(description = "How guests are run: kvm, tcg (emulation), or auto: kvm where a guest really boots under it, else tcg",
      options = {@Option("auto"), @Option("kvm"), @Option("tcg")})
  String accelerator() default "auto";

  @AttributeDefinition(description = "Directory of the guest that the probe boots: kernel/kernel.properties with the kernel beside it, and initrd.cpio. "
      + "Empty: guest in the environment's WRENN_DIR, and without that in /var/lib/wrenn")
  String probeKernelDirectory() default "";

  @AttributeDefinition(description = "Seconds that the probe's guest has to start its first program; KVM that is slower is not used")
  int probeSeconds() default 8;

  @AttributeDefinition(description = "First of the user ids that microVMs run as. Nobody else on this host may have one of the range")
  int uidBase() default 2_000_000;

  @AttributeDefinition(description = "Number of those user ids: the most microVMs at a time")
  int uidCount() default 10_000;

  @AttributeDefinition(description = "Control group below which every microVM has its own; relative to where cgroups are mounted")
  String parentCgroup() default "wrenn";
}
