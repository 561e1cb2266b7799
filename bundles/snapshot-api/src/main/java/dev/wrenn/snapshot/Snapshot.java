package dev.wrenn.snapshot;

import java.nio.file.Path;

/**
 * A published snapshot as it was when it was asked for. Its memory map may be exchanged for an equal one in the background; who needs it
 * to stay {@linkplain Snapshots#lease leases} it.
 *
 * @param directory where its parts are; read only
 */
public record Snapshot(SnapshotId id, Path directory, Manifest manifest) {
  /** The file of a part. */
  public Path part(String name) throws SnapshotException {
    if (manifest.parts().stream().noneMatch(part -> part.name().equals(name))) {
      throw new SnapshotException(SnapshotException.Code.NOT_FOUND, "Snapshot " + id + " has no part '" + name + "'");
    }
    return directory.resolve(name);
  }
}
