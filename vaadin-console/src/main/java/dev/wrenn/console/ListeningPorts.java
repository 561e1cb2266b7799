package dev.wrenn.console;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** TCP ports on which something listens in a capsule, as its kernel tells. */
final class ListeningPorts {
  /** Enough for some thousand sockets; what comes after is not looked at. */
  private static final int MOST = 512 * 1024;
  private static final String LISTEN = "0A";
  private static final int AGENT = 49983;

  private ListeningPorts() {}

  static SortedSet<Integer> of(Files files) throws GuestException, IOException {
    SortedSet<Integer> ports = new TreeSet<>(parse(read(files, "/proc/net/tcp")));
    try {
      ports.addAll(parse(read(files, "/proc/net/tcp6")));
    } catch (GuestException withoutIpv6) {
      if (withoutIpv6.code() != GuestException.Code.NOT_FOUND) {
        throw withoutIpv6;
      }
    }
    return ports;
  }

  private static String read(Files files, String path) throws GuestException, IOException {
    try (FileContent content = files.read(path, Optional.empty()); InputStream in = content.stream()) {
      return new String(in.readNBytes(MOST), StandardCharsets.US_ASCII);
    }
  }

  /** Of a table like {@code /proc/net/tcp}; the agent's own port is left out. */
  static SortedSet<Integer> parse(String table) {
    SortedSet<Integer> ports = new TreeSet<>();
    for (String line : table.split("\n")) {
      String[] fields = line.strip().split("\\s+");
      if (fields.length > 3 && fields[3].equals(LISTEN) && fields[1].matches("[0-9A-F]+:[0-9A-F]{4}")) {
        ports.add(Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16));
      }
    }
    ports.remove(AGENT);
    return ports;
  }
}
