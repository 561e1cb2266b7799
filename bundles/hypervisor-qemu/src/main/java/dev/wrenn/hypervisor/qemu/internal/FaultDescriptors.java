package dev.wrenn.hypervisor.qemu.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether QEMU may have its guest's page faults served by another process. The kernel permits it to few, and says how by two files. */
final class FaultDescriptors {
  static final Path DEVICE = Path.of("/dev/userfaultfd");
  private static final Path FOR_ALL = Path.of("/proc/sys/vm/unprivileged_userfaultfd");

  private FaultDescriptors() {}

  /** @param confined whether microVMs get a device node of their own */
  static boolean permitted(boolean confined) {
    return confined ? Files.exists(DEVICE) : Files.isReadable(DEVICE) && Files.isWritable(DEVICE) || forAll();
  }

  private static boolean forAll() {
    try {
      return Files.readString(FOR_ALL).strip().equals("1");
    } catch (IOException unknown) {
      // A kernel without that file has no userfaultfd.
      return false;
    }
  }
}
