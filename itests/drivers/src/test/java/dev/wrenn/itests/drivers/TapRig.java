package dev.wrenn.itests.drivers;

import dev.wrenn.linux.Command;
import dev.wrenn.network.tap.internal.TapNetworkDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** A prefix and a subnet that no platform beside the tests uses, and a look at all that the driver makes under them. */
final class TapRig {
  static final String PREFIX = "wtck";
  static final String SUBNET = "10.213.0.0/16";
  /** Eight addresses: three slots, since the first is not used. */
  static final String THREE_SLOTS = "10.213.0.0/29";
  static final int GROUP = 61_000;

  private TapRig() {}

  static boolean canRun() throws IOException {
    return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  static TapNetworkDriver open(String subnet, int poolSize) throws IOException {
    return new TapNetworkDriver(PREFIX, subnet, poolSize, GROUP, "1.0.0");
  }

  static Set<String> leftovers() throws IOException {
    Set<String> left = new TreeSet<>();
    names(left, "/run/netns", PREFIX + "-");
    names(left, "/sys/class/net", PREFIX + "-");
    names(left, "/run/" + PREFIX + "/net", "");
    if (Command.of("nft", "list", "table", "inet", PREFIX).attempt().exit() == 0) {
      left.add("table inet " + PREFIX);
    }
    if (Command.of("ip", "route").run().stdout().contains("unreachable 10.213.")) {
      left.add("the unreachable route");
    }
    return left;
  }

  private static void names(Set<String> found, String directory, String beginning) throws IOException {
    Path path = Path.of(directory);
    if (Files.isDirectory(path)) {
      try (var all = Files.list(path)) {
        all.filter(one -> one.getFileName().toString().startsWith(beginning)).map(Path::toString).forEach(found::add);
      }
    }
  }
}
