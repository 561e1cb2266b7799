package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who needs which map: an empty file {@code <map>_<user>} each. Not synced: a power cut ends the microVM, and the next start its lease. */
final class Leases {
  private static final Pattern NAME = Pattern.compile("(?<map>[0-9a-f]{64})_(?<user>[a-zA-Z0-9][a-zA-Z0-9-]{0,63})");
  private final Layout layout;
  private final FileWork files;

  Leases(Layout layout, FileWork files) {
    this.layout = layout;
    this.files = files;
  }

  void add(String user, Digest map) throws IOException {
    SnapshotId.checkOwner(user);
    Path file = file(user, map);
    if (Files.notExists(file)) {
      files.create(file).close();
    }
  }

  void remove(String user, Digest map) throws IOException {
    SnapshotId.checkOwner(user);
    files.delete(file(user, map));
  }

  Map<String, Set<Digest>> all() throws IOException {
    Map<String, Set<Digest>> leases = new TreeMap<>();
    for (Path file : SmallFiles.list(layout.leases())) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (name.matches()) {
        leases.computeIfAbsent(name.group("user"), _ -> new TreeSet<>()).add(new Digest(name.group("map")));
      }
    }
    return leases;
  }

  private Path file(String user, Digest map) {
    return layout.leases().resolve(map.hex() + "_" + user);
  }
}
