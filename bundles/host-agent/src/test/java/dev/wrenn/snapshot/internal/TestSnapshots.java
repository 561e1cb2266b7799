package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Snapshots;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/** A real store of snapshots in a directory, without its housekeeper. */
public final class TestSnapshots implements Closeable {
  private final SnapshotStore store;

  public TestSnapshots(Path directory) throws IOException {
    store = new SnapshotStore(directory, new CompactionPlan(150, 8), 0, new LinuxFiles(), InstantSource.system(), "a start", () -> { });
  }

  public Snapshots service() {
    return store;
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
