package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.Snapshots;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A real store of snapshots in a directory, without its housekeeper. */
public final class TestSnapshots implements Closeable {
  private final SnapshotStore store;

  public TestSnapshots(Path directory) throws IOException {
    store = new SnapshotStore(directory, new CompactionPlan(150, 8), 0, new LinuxFiles(), InstantSource.system(), "a start", () -> { });
  }

  public Snapshots service() {
    return store;
  }

  /** The same service, whose calls of that name fail so many times. */
  public Snapshots failing(String method, int times) {
    AtomicInteger left = new AtomicInteger(times);
    return over((called, arguments) -> {
      if (called.getName().equals(method) && left.getAndUpdate(now -> Math.max(0, now - 1)) > 0) {
        throw new SnapshotException(SnapshotException.Code.IO, "a disk that does not answer just now");
      }
      return called.invoke(store, arguments);
    });
  }

  /** The same service, which finds other snapshots. */
  public Snapshots changing(UnaryOperator<Snapshot> found) {
    return over((called, arguments) -> called.getName().equals("find")
        ? ((Optional<?>) called.invoke(store, arguments)).map(one -> found.apply((Snapshot) one)) : called.invoke(store, arguments));
  }

  /** As it was before its layers were merged, and the old map was removed. */
  public Snapshot withAMapThatIsGone(Snapshot saved) {
    Manifest now = saved.manifest();
    Manifest.Memory memory = new Manifest.Memory(Digest.ofContent(ByteBuffer.allocate(1)), now.memory().mapBytes(), now.memory().bytes(), now.memory().layers());
    return new Snapshot(saved.id(), saved.directory(), new Manifest(now.id(), now.createdAt(), memory, now.parts(), now.details()));
  }

  private interface Call {
    Object of(Method called, Object[] arguments) throws Exception;
  }

  private static Snapshots over(Call call) {
    return (Snapshots) Proxy.newProxyInstance(Snapshots.class.getClassLoader(), new Class<?>[] {Snapshots.class}, (self, called, arguments) -> {
      try {
        return called.getDeclaringClass() == Object.class && called.getName().equals("equals") ? self == arguments[0] : call.of(called, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
