package dev.wrenn.network.tap.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Names and addresses of one capsule's network.
 *
 * @param prefix of the platform
 * @param number from 1
 * @param hostAddress even address, of the host's end of the pair of interfaces
 * @param capsuleAddress odd address, of the other end: what is sent to it reaches the guest
 */
record Slot(String prefix, int number, String hostAddress, String capsuleAddress) {
  static final String TAP = "tap0";
  static final String UPLINK = "eth0";
  static final String TABLE = "slot";
  static final String TAP_MAC = "02:fc:00:00:00:01";
  static final String GUEST_MAC = "02:fc:00:00:00:05";
  static final String GATEWAY = "169.254.0.22";
  static final String GUEST = "169.254.0.21";
  static final int GUEST_PREFIX = 30;

  String name() {
    return prefix + "-" + number;
  }

  String hostInterface() {
    return prefix + "-v" + number;
  }

  Path netns() {
    return Path.of("/run/netns", name());
  }

  Path statistics() {
    return Path.of("/sys/class/net", hostInterface(), "statistics");
  }

  boolean hasHostInterface() {
    return Files.isDirectory(Path.of("/sys/class/net", hostInterface()));
  }

  /**
   * Identity of the namespace that is mounted under the slot's name.
   *
   * @throws NoSuchFileException when there is none; a plain file that a crash or a restart of the machine left is none
   */
  long inode() throws IOException {
    Object device = Files.getAttribute(netns(), "unix:dev");
    if (device.equals(Files.getAttribute(netns().getParent(), "unix:dev"))) {
      throw new NoSuchFileException(netns().toString(), null, "no namespace is mounted on it");
    }
    return (Long) Files.getAttribute(netns(), "unix:ino");
  }
}
