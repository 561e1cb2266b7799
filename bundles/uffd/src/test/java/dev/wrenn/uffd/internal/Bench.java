package dev.wrenn.uffd.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Draft;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.snapshot.internal.HostSnapshots;
import dev.wrenn.snapshot.internal.SnapshotConfig;
import dev.wrenn.spi.memory.PageSink;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A real store with a memory in it, and page servers over one directory. */
final class Bench implements AutoCloseable {
  static final int PAGE = 4096;
  private final Path root;
  private final HostSnapshots snapshots;
  private final List<HostPageServer> servers = new ArrayList<>();
  private long generation;

  Bench(Path root) throws Exception {
    this.root = root;
    Path store = root.resolve("snapshots");
    snapshots = new HostSnapshots(annotation(SnapshotConfig.class, Map.of("directory", store.toString(), "reserveMib", 1)));
  }

  Snapshots snapshots() {
    return snapshots;
  }

  Path pagers() {
    return root.resolve("p");
  }

  /** Memory of so many pages in two layers: the second one stores every seventh page anew. */
  Snapshots.Stored memory(int pages, long seed) throws Exception {
    Digest first = saved(pages, null, 1, seed + 1);
    return snapshots.stored(saved(pages, first, 1, seed));
  }

  private Digest saved(int pages, Digest below, int step, long seed) throws Exception {
    SnapshotId id = new SnapshotId(SnapshotId.Kind.TEMPLATE, "memory", ++generation);
    try (Draft draft = snapshots.prepare(id, 0)) {
      PageSink sink = below == null ? draft.memory((long) pages * PAGE) : draft.memoryOver(below, false);
      ByteBuffer buffer = ByteBuffer.allocateDirect(PAGE).order(ByteOrder.nativeOrder());
      for (int page = 0; page < pages; page += step) {
        buffer.clear().asLongBuffer().put(GuestProcess.content(seed, page));
        sink.data((long) page * PAGE, buffer.clear());
      }
      Digest map = draft.publish(new Manifest.Details(Map.of(), "cpu", "agent", List.of(), Map.of())).manifest().memory().map();
      snapshots.lease(id, "test-" + generation);
      return map;
    }
  }

  /** A service as after a start of its bundle. @param settings beyond those of a test */
  HostPageServer server(Map<String, Object> settings) throws Exception {
    Map<String, Object> all = new java.util.HashMap<>(Map.of("directory", pagers().toString(), "startSeconds", 120, "acceptSeconds", 60));
    all.putAll(settings);
    HostPageServer server = new HostPageServer(annotation(UffdConfig.class, all), code());
    server.start();
    servers.add(server);
    return server;
  }

  static PagerCode code() throws Exception {
    return PagerCode.of(Arrays.stream(System.getProperty("java.class.path").split(":")).map(Path::of).toList());
  }

  /** A configuration with defaults. */
  static <T> T annotation(Class<T> type, Map<String, Object> values) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
        (_, method, _) -> values.getOrDefault(method.getName(), method.getDefaultValue())));
  }

  @Override
  public void close() throws Exception {
    servers.forEach(HostPageServer::stop);
    if (Files.isDirectory(pagers())) {
      for (Path directory : new Marks(pagers()).directories()) {
        var pager = Pager.find(directory, dev.wrenn.spi.Deadline.after(Pagers.ANSWER));
        if (pager.isPresent()) {
          pager.get().process().signal(dev.wrenn.linux.ProcessId.SIGKILL);
        }
      }
    }
    snapshots.close();
  }
}
