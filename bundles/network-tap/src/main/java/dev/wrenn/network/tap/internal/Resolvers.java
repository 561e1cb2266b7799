package dev.wrenn.network.tap.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Which resolvers a guest is told of. */
final class Resolvers {
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final List<String> PUBLIC = List.of("1.1.1.1", "8.8.8.8");
  private static final int MOST = 3;

  private Resolvers() {}

  static List<String> ofHost() throws IOException {
    try {
      return Files.readAllLines(RESOLV_CONF).stream()
          .map(line -> line.strip().split("\\s+"))
          .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
          .map(words -> words[1])
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Those of the host that a guest is let through to; public ones when there is none of that kind. */
  static List<String> reachable(List<String> resolvers, List<Cidr> denied) {
    List<String> reachable = resolvers.stream()
        .filter(resolver -> resolver.matches("[0-9.]+"))
        .filter(resolver -> denied.stream().noneMatch(range -> range.contains(Cidr.address(resolver))))
        .limit(MOST)
        .toList();
    return reachable.isEmpty() ? PUBLIC : reachable;
  }
}
