package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captured disks: one file for each snapshot, in a directory for each storage driver. Disks and later captures read from them, so one is
 * removed only when neither a snapshot nor a disk names it.
 */
public final class Captures {
  private static final Logger LOG = LoggerFactory.getLogger(Captures.class);
  private static final Pattern CAPTURE = Pattern.compile("(pause|template|warm)-[a-zA-Z0-9-]+(\\.\\d+){1,2}");
  /** What lies beside a capture: a driver's note of it, or one that was half made when this JVM was killed. */
  private static final Pattern BESIDE = Pattern.compile("(?<capture>" + CAPTURE + ")(\\.[a-z]+)*");
  private static final Duration REMOVE = Duration.ofSeconds(30);

  private final Path directory;
  private final KeptImages images;
  /** Whoever uses a capture that no snapshot and no disk names yet reads; the sweep writes. */
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  public Captures(Path directory) {
    this.directory = directory;
    images = new KeptImages(directory.resolveSibling("images"));
  }

  /** The file from which a new disk of that image reads. */
  Path image(GuestImage image) throws IOException {
    return images.keep(image);
  }

  /** No capture is removed until {@link #release}, by the same thread. */
  void hold() {
    lock.readLock().lock();
  }

  void release() {
    lock.readLock().unlock();
  }

  /** Where the disk of that snapshot is captured to: a file that is not there, for disks may still read from one of an owner of the same name. */
  Path file(String driver, SnapshotId id) throws IOException {
    String name = id.kind().word() + "-" + id.owner() + "." + id.generation();
    Path file = Files.createDirectories(directory.resolve(driver)).resolve(name);
    for (int again = 1; Files.exists(file); again++) {
      file = file.resolveSibling(name + "." + again);
    }
    return file;
  }

  /** The newest captured disk of that owner's pauses. @throws HostException {@code FAILED} when there is none */
  Path newest(String driver, String owner) throws IOException, HostException {
    String prefix = SnapshotId.Kind.PAUSE.word() + "-" + owner + ".";
    Path folder = directory.resolve(driver);
    Path newest = null;
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, prefix + "*")) {
        for (Path file : files) {
          boolean later = newest == null || Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(newest)) > 0;
          newest = CAPTURE.matcher(file.getFileName().toString()).matches() && later ? file : newest;
        }
      }
    }
    if (newest == null) {
      throw new HostException(Code.FAILED, "snapshot", "Neither what was saved of capsule " + owner + " nor its disk is on this host: " + SavedFacts.HELP);
    }
    return newest;
  }

  /** Removes what nobody names any more; does nothing while that can't be told. */
  void sweep(HostContext host, Collection<CapsuleLife> lives) {
    if (!lock.writeLock().tryLock()) {
      return;
    }
    try {
      Optional<Set<Path>> used = used(host, lives);
      if (used.isEmpty()) {
        return;
      }
      images.sweep(used.get());
      if (!Files.isDirectory(directory)) {
        return;
      }
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory)) {
        for (Path folder : folders) {
          Optional<StorageDriver> driver = host.drivers().find(Kind.STORAGE, folder.getFileName().toString()).map(entry -> entry.driver());
          if (driver.isPresent()) {
            sweep(folder, driver.get(), used.get());
          }
        }
      }
    } catch (IOException | DriverException e) {
      LOG.warn("Captured disks that nobody uses could not be removed; it is tried again", e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static void sweep(Path folder, StorageDriver driver, Set<Path> used) throws IOException, DriverException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Matcher name = BESIDE.matcher(file.getFileName().toString());
        // What a driver keeps beside a capture goes with it, and is perhaps gone already.
        if (name.matches() && !used.contains(file.resolveSibling(name.group("capture"))) && Files.exists(file)) {
          LOG.info("Captured disk {} is used by nobody any more and is removed", name.group("capture"));
          driver.deleteCapture(file.resolveSibling(name.group("capture")), Deadline.after(REMOVE));
        }
      }
    }
  }

  private static Optional<Set<Path>> used(HostContext host, Collection<CapsuleLife> lives) throws IOException {
    Optional<Snapshots> snapshots = host.snapshots().now();
    if (snapshots.isEmpty()) {
      return Optional.empty();
    }
    Snapshots.Census census = snapshots.get().census();
    // The disk of a pause whose manifest is damaged must still be there when that is brought back, or when it is to boot from its disk.
    if (!census.unreadable().isEmpty()) {
      return Optional.empty();
    }
    Set<Path> used = new HashSet<>();
    for (CapsuleLife life : lives) {
      // A copy of an image is adopted only while that is there.
      life.parts().disk.handle().ifPresent(handle -> handle.facts().values().stream().filter(value -> value.startsWith("/")).map(Path::of).forEach(used::add));
      Optional<Disk> disk = life.parts().disk.object();
      if (life.parts().disk.made() && disk.isEmpty()) {
        return Optional.empty();
      }
      disk.ifPresent(there -> {
        if (there.attachment() instanceof BlockAttachment.Qcow2File file) {
          used.addAll(file.backing());
        }
      });
    }
    Set<String> paused = new HashSet<>();
    for (Snapshot snapshot : census.readable()) {
      if (snapshot.id().kind() == SnapshotId.Kind.PAUSE) {
        paused.add(snapshot.id().owner());
      }
      snapshot.manifest().details().disks().stream().map(Manifest.DiskPart::path).map(Path::of).forEach(used::add);
    }
    // One that has lost its snapshot has a disk at least.
    boolean lost = lives.stream().anyMatch(life -> life.state() == HostedCapsule.State.PAUSED && !paused.contains(life.id().capsule()));
    return lost ? Optional.empty() : Optional.of(used);
  }
}
