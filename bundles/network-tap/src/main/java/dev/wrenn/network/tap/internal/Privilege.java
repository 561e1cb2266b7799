package dev.wrenn.network.tap.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether this process may make namespaces, interfaces and rules at all. */
final class Privilege {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int NET_ADMIN = 12;
  private static final int SYS_ADMIN = 21;

  private Privilege() {}

  /** @return why not, and what to do; empty when it may */
  static Optional<String> missing() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("CapEff:")) {
        long effective = Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
        boolean enough = (effective >>> NET_ADMIN & effective >>> SYS_ADMIN & 1) == 1;
        boolean root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        return root && enough ? Optional.empty() : Optional.of("The TAP network needs root with the capabilities NET_ADMIN and"
            + " SYS_ADMIN. Run the host as root, or use the user-mode network.");
      }
    }
    return Optional.of(STATUS + " says nothing of capabilities");
  }
}
