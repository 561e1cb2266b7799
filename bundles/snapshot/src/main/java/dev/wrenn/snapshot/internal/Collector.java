package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Snapshots.Tidied;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Removes layers, maps and flat images that neither a manifest nor a lease nor this JVM needs. */
final class Collector {
  private final Layout layout;
  private final FileWork files;

  Collector(Layout layout, FileWork files) {
    this.layout = layout;
    this.files = files;
  }

  /** @param needed counted after {@link Pins#mark} */
  Tidied collect(References needed, Pins pins) throws IOException {
    List<Path> trash = new ArrayList<>();
    pins.whileUnchanged(pinned -> {
      sweep(layout.flats(), needed.maps(), pinned, trash);
      sweep(layout.maps(), needed.maps(), pinned, trash);
      sweep(layout.layers(), needed.layers().keySet(), pinned, trash);
    });
    long bytes = 0;
    for (Path file : trash) {
      bytes += Files.size(file);
      files.delete(file);
    }
    return new Tidied(0, trash.size(), bytes);
  }

  /** Only takes the names away: removing large files takes time, and others wait. */
  private void sweep(Path directory, Set<Digest> needed, Set<Digest> pinned, List<Path> trash) throws IOException {
    for (Path file : SmallFiles.list(directory)) {
      Optional<Digest> name = Layout.named(file);
      if (name.isPresent() && !needed.contains(name.get()) && !pinned.contains(name.get())) {
        Path gone = layout.work().resolve("gone-" + directory.getFileName() + "-" + name.get().hex());
        files.rename(file, gone);
        trash.add(gone);
      }
    }
  }
}
