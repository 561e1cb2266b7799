package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a start does before anything else: the directories are there, what was not finished is gone, each owner has one snapshot. */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private final Layout layout;
  private final FileWork files;
  private final SmallFiles small;
  private final Catalog catalog;
  private final String boot;

  /** @param boot names this start of the machine */
  Recovery(Layout layout, FileWork files, Catalog catalog, String boot) {
    this.layout = layout;
    this.files = files;
    this.small = new SmallFiles(files);
    this.catalog = catalog;
    this.boot = boot;
  }

  void run() throws IOException {
    for (Path directory : layout.directories()) {
      if (!Files.isDirectory(directory)) {
        files.createDirectory(directory);
        files.sync(directory.getParent());
      }
    }
    for (Path unfinished : SmallFiles.list(layout.work())) {
      LOG.info("{} was not finished and is removed", unfinished.getFileName());
      small.delete(unfinished);
    }
    afterBoot();
    for (SnapshotId.Kind kind : SnapshotId.Kind.values()) {
      for (Path owner : SmallFiles.list(layout.of(kind))) {
        keepNewest(catalog.generations(kind, owner.getFileName().toString()));
      }
    }
  }

  /**
   * After a start of the machine no microVM lives, so nobody has a lease; and flat images, which nobody synced, may not be whole. Noted
   * last: if that is lost, it is done once more.
   */
  private void afterBoot() throws IOException {
    Path note = layout.boot();
    if (Files.exists(note) && Files.readString(note).equals(boot)) {
      return;
    }
    for (Path directory : List.of(layout.flats(), layout.leases())) {
      for (Path file : SmallFiles.list(directory)) {
        small.delete(file);
      }
    }
    small.publish(ByteBuffer.wrap(boot.getBytes(StandardCharsets.US_ASCII)), layout.work().resolve("boot"), note);
  }

  /** A publication that a crash interrupted left two. When the newer one is damaged, people decide. */
  private void keepNewest(List<SnapshotId> ids) throws IOException {
    if (ids.size() < 2) {
      return;
    }
    try {
      catalog.read(ids.getLast());
    } catch (SnapshotException e) {
      LOG.error("The older snapshots of {} stay: {}", ids.getLast().owner(), e.getMessage());
      return;
    }
    for (SnapshotId older : ids.subList(0, ids.size() - 1)) {
      Path trash = layout.work().resolve("gone-" + older.owner() + "." + older.generation());
      catalog.remove(older, trash);
      small.delete(trash);
    }
  }
}
