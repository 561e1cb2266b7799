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

/** Who needs which map: an empty file {@code <map>_<user>} each. Not synced: a power cut ends the microVM, and the next start its lease. */
final class Leases {
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
      String name = file.getFileName().toString();
      leases.computeIfAbsent(name.substring(name.indexOf('_') + 1), _ -> new TreeSet<>()).add(new Digest(name.substring(0, name.indexOf('_'))));
    }
    return leases;
  }

  private Path file(String user, Digest map) {
    return layout.leases().resolve(map.hex() + "_" + user);
  }
}
