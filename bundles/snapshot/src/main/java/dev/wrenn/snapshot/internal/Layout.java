package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.SnapshotId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where things are below the directory of this bundle. Everything that isn't finished is in {@code work}. */
record Layout(Path root) {
  static final String MANIFEST = "manifest.json";
  static final String HOT_SET = "hotset.bin";
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");

  List<Path> directories() {
    return List.of(work(), layers(), maps(), flats(), leases(), snapshots(), of(SnapshotId.Kind.PAUSE), of(SnapshotId.Kind.TEMPLATE), of(SnapshotId.Kind.WARM));
  }

  /** Says during which start of the machine leases and flat images were made. */
  Path boot() {
    return root.resolve("boot");
  }

  Path work() {
    return root.resolve("work");
  }

  /** By what content a file is named; empty for one that somebody else has put there, which is left alone. */
  static Optional<Digest> named(Path file) {
    String name = file.getFileName().toString();
    return NAME.matcher(name).matches() ? Optional.of(new Digest(name)) : Optional.empty();
  }

  Path layers() {
    return root.resolve("layers");
  }

  Path layer(Digest name) {
    return layers().resolve(name.hex());
  }

  Path maps() {
    return root.resolve("maps");
  }

  Path map(Digest name) {
    return maps().resolve(name.hex());
  }

  Path flats() {
    return root.resolve("flat");
  }

  Path flat(Digest map) {
    return flats().resolve(map.hex());
  }

  Path leases() {
    return root.resolve("leases");
  }

  Path snapshots() {
    return root.resolve("snapshots");
  }

  Path of(SnapshotId.Kind kind) {
    return snapshots().resolve(kind.word());
  }

  Path of(SnapshotId.Kind kind, String owner) {
    return of(kind).resolve(owner);
  }

  Path of(SnapshotId id) {
    return of(id.kind(), id.owner()).resolve(Long.toString(id.generation()));
  }

  Path draft(SnapshotId id) {
    return work().resolve("draft-" + id.kind().word() + "-" + id.owner() + "." + id.generation());
  }
}
