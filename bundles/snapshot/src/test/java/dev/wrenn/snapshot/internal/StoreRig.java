package dev.wrenn.snapshot.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.Snapshots.Depth;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Opens stores for tests, without a housekeeper: tests tidy when they want to. */
final class StoreRig {
  private StoreRig() {}

  static SnapshotStore open(Path root, FileWork files) throws IOException {
    return open(root, files, "boot");
  }

  static SnapshotStore open(Path root, FileWork files, String boot) throws IOException {
    return open(root, files, boot, 0);
  }

  static SnapshotStore open(Path root, FileWork files, String boot, long reserveBytes) throws IOException {
    return new SnapshotStore(root, new CompactionPlan(150, 3), reserveBytes, files, () -> Instant.parse("2026-01-01T00:00:00Z"), boot, () -> { });
  }

  static Set<String> names(Path directory) throws IOException {
    return SmallFiles.list(directory).stream().map(path -> path.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
  }

  /** After tidying: every file is needed by a manifest or a lease, every snapshot is sound, and nothing is pinned. */
  static void assertNothingLeaked(SnapshotStore store) throws IOException {
    store.tidy();
    Layout layout = store.layout();
    Set<String> maps = new TreeSet<>();
    Set<String> layers = new TreeSet<>();
    for (Snapshot snapshot : store.list()) {
      Manifest.Memory memory = snapshot.manifest().memory();
      maps.add(memory.map().hex());
      memory.layers().forEach(layer -> layers.add(layer.name().hex()));
      assertEquals(List.of(), store.verify(snapshot.id(), Depth.DEEP), snapshot.id().toString());
    }
    for (Set<Digest> leased : store.leases().values()) {
      for (Digest map : leased) {
        maps.add(map.hex());
        store.maps().read(map).map().layers().stream().map(PageMap.Layer::name).forEach(layer -> layers.add(layer.hex()));
      }
    }
    assertEquals(maps, names(layout.maps()));
    assertEquals(layers, names(layout.layers()));
    assertEquals(Set.of(), names(layout.work()));
    assertTrue(maps.containsAll(names(layout.flats())), "flat images without a map");
    assertTrue(store.isIdle(), "something is still pinned");
  }
}
