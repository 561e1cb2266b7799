package dev.wrenn.uffd.internal;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.PageServer;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import dev.wrenn.uffd.PagedMemory.Kind;
import dev.wrenn.uffd.pager.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** The service. The pagers are processes of their own: this finds, starts and watches them, and ends none that somebody needs. */
@Component(service = PageServer.class, configurationPid = "dev.wrenn.uffd", immediate = true)
@Designate(ocd = UffdConfig.class)
public final class HostPageServer implements PageServer {
  private final UffdConfig config;
  private final Marks marks;
  private final Pagers pagers;

  @Activate
  public HostPageServer(UffdConfig config) throws IOException {
    this(config, PagerCode.ofBundles());
  }

  HostPageServer(UffdConfig config, PagerCode code) throws IOException {
    this.config = config;
    Path root = Files.createDirectories(Path.of(config.directory()).toAbsolutePath());
    marks = new Marks(root);
    pagers = new Pagers(marks, new PagerStarter(root, code, config.heapMib()), config.startSeconds());
  }

  @Activate
  void start() throws IOException {
    pagers.start();
  }

  @Deactivate
  void stop() {
    pagers.close();
  }

  @Override
  public Optional<String> trouble() {
    return pagers.trouble();
  }

  @Override
  public PagedMemory open(PlanId id, Snapshots.Stored stored, Optional<HotSet> first, Deadline within) throws PageServerException {
    Supervised at = pagers.current(within);
    Path socket = at.pager().directory().resolve(id.toString());
    Frame order = Frame.of("open").with(Frame.CAPSULE, id).with("map", stored.map()).with("layers", stored.layers()).with("socket", socket)
        .with("around", config.faultAroundKib() / 4).with("accept", config.acceptSeconds() * 1000L).with("rest", config.deliverAll())
        .with(first.map(HotSet::encode).map(HostPageServer::bytes).orElse(new byte[0]));
    Frame answer = at.pager().ask(order, within);
    return known(at, id, socket, bytes(answer));
  }

  @Override
  public PagedMemory adopt(PlanId id, Deadline within) throws PageServerException {
    for (Supervised each : pagers.all()) {
      Optional<Frame> told = each.state(id, within);
      if (told.isPresent()) {
        return known(each, id, Path.of(told.get().text("socket")), bytes(told.get()));
      }
    }
    Delivered over = new Delivered(id, new Pager(marks.root(), new dev.wrenn.linux.ProcessId(0, 0), ""), marks.root().resolve(id.toString()), 0,
        this::discard);
    try {
      if (marks.isComplete(id)) {
        over.ended(Kind.COMPLETE, "all of its memory is delivered");
      } else {
        over.ended(Kind.LOST, "no page server knows it: the one that delivered its memory has ended meanwhile");
      }
    } catch (IOException e) {
      throw new PageServerException("Whether the memory of " + id + " is complete can't be seen: " + e, e);
    }
    return over;
  }

  @Override
  public void discard(PlanId id, Deadline within) throws PageServerException {
    for (Supervised each : pagers.all()) {
      each.forget(id);
      close(each, id, within);
    }
    try {
      marks.remove(id);
    } catch (IOException e) {
      throw new PageServerException("Files of the page server for " + id + " can't be removed: " + e, e);
    }
    pagers.drain(within);
    pagers.tidy();
  }

  @Override
  public Set<PlanId> known(Deadline within) throws PageServerException {
    try {
      Set<PlanId> all = new HashSet<>(marks.capsules());
      for (String name : pagers.capsules(within)) {
        Marks.capsule(name).ifPresent(all::add);
      }
      return all;
    } catch (PageServerException e) {
      throw e;
    } catch (IOException e) {
      throw new PageServerException("What there is of page servers below " + marks.root() + " can't be seen: " + e, e);
    }
  }

  private static void close(Supervised at, PlanId id, Deadline within) throws PageServerException {
    try {
      if (!at.leaves()) {
        at.pager().ask(Frame.of("close").with(Frame.CAPSULE, id), within);
      }
    } catch (PageServerException e) {
      // One that goes just now serves nobody.
      if (!at.leaves()) {
        throw e;
      }
    }
  }

  /** Under watch first, then asked: no change is missed. */
  private PagedMemory known(Supervised at, PlanId id, Path socket, long memoryBytes) throws PageServerException {
    Delivered delivery = new Delivered(id, at.pager(), socket, memoryBytes, this::discard);
    at.add(delivery);
    Optional<Frame> told = at.state(id, Deadline.after(Pagers.ANSWER));
    told.ifPresent(at::apply);
    return delivery;
  }

  private static long bytes(Frame told) throws PageServerException {
    try {
      return told.number("bytes");
    } catch (IOException e) {
      throw new PageServerException("The page server does not say how much memory it is: " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
