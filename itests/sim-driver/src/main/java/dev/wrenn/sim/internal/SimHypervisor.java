package dev.wrenn.sim.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Simulated microVMs: a mark each, and a guest in the shared agent. Removing the mark is their crash. */
public final class SimHypervisor implements HypervisorDriver, AutoCloseable {
  private static final String TOKEN = "wrenn.token=";

  private final Marks marks;
  private final SimAgent agent;
  private final WatchService watch;
  private static final MicroVm.VmStats NOTHING_KNOWN = new MicroVm.VmStats(-1, -1);
  private final Map<String, MicroVm.VmStats> use = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<MicroVm.VmExit>> exits = new ConcurrentHashMap<>();

  public SimHypervisor(Path directory, SimAgent agent) throws IOException {
    marks = new Marks(directory.resolve("vms"), "boot");
    this.agent = agent;
    watch = marks.directory().getFileSystem().newWatchService();
    marks.directory().register(watch, StandardWatchEventKinds.ENTRY_DELETE);
    Thread.ofVirtual().name("sim-exits").start(this::watch);
  }

  /** What a capsule is said to use from now on. */
  public void uses(String capsule, MicroVm.VmStats stats) {
    use.put(capsule, stats);
  }

  /** Forgets its view; the microVMs go on. */
  @Override
  public void close() throws IOException {
    watch.close();
  }

  @Override
  public String name() {
    return Sim.NAME;
  }

  @Override
  public String version() {
    return Sim.VERSION;
  }

  @Override
  public Set<String> accepts() {
    return Set.of("raw", "user");
  }

  @Override
  public Probe probe(Deadline within) {
    return new Probe(true, "Simulated microVMs: nothing runs in them. For tests only", Map.of("accelerator", "none"));
  }

  @Override
  public MicroVm boot(BootPlan plan, Deadline within) throws DriverException {
    marks.check(within);
    if (!(plan.network() instanceof NetworkAttachment.UserMode network) || plan.vcpus() < 1 || plan.memoryMib() < 1) {
      throw DriverException.of(Code.INVALID, "boot", "The plan of " + plan.id() + " is none for a simulated microVM");
    }
    String hash = plan.agentArguments().stream().filter(word -> word.startsWith(TOKEN)).map(word -> word.substring(TOKEN.length()))
        .findFirst().orElse("");
    String text = plan.id().generation() + " " + network.hostPort() + " " + SimNetwork.slot(network) + " " + hash;
    if (!marks.make(plan.id().capsule(), text) && !marks.text(plan.id().capsule()).equals(Optional.of(text))) {
      throw marks.conflict(plan.id());
    }
    return hold(plan.id(), text);
  }

  @Override
  public MicroVm adopt(Handle handle, Deadline within) throws DriverException {
    marks.check(within);
    String text = handle.need("text");
    if (!marks.text(handle.id().capsule()).equals(Optional.of(text))) {
      throw marks.gone(handle.id());
    }
    return hold(handle.id(), text);
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    marks.check(within);
    Optional<String> text = marks.text(id.capsule()).filter(found -> found.startsWith(id.generation() + " "));
    if (text.isPresent()) {
      end(id, text.get(), "discarded");
    }
  }

  private MicroVm hold(PlanId id, String text) {
    String[] words = text.split(" ", 4);
    agent.enter(SimNetwork.address(Integer.parseInt(words[2])), id.toString(), words[3]);
    return new SimVm(id, text, exits.computeIfAbsent(id.capsule() + " " + text, key -> new CompletableFuture<>()));
  }

  private void end(PlanId id, String text, String reason) throws DriverException {
    agent.leave(SimNetwork.address(Integer.parseInt(text.split(" ", 4)[2])), id.toString());
    marks.remove(id.capsule(), text);
    complete(id.capsule() + " " + text, reason);
  }

  private void complete(String key, String reason) {
    CompletableFuture<MicroVm.VmExit> exit = exits.remove(key);
    if (exit != null) {
      exit.complete(new MicroVm.VmExit(reason));
    }
  }

  private void watch() {
    try {
      while (true) {
        WatchKey key = watch.take();
        key.pollEvents();
        key.reset();
        for (String watched : exits.keySet()) {
          int gap = watched.indexOf(' ');
          if (!marks.text(watched.substring(0, gap)).equals(Optional.of(watched.substring(gap + 1)))) {
            String[] words = watched.split(" ", 5);
            agent.leave(SimNetwork.address(Integer.parseInt(words[3])), words[0] + "." + words[1]);
            complete(watched, "the simulated process is gone");
          }
        }
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      // This instance is closed.
    } catch (DriverException e) {
      exits.keySet().forEach(key -> complete(key, "its watch failed: " + e.getMessage()));
    }
  }

  private final class SimVm implements MicroVm {
    private final PlanId id;
    private final String text;
    private final CompletableFuture<VmExit> exit;

    SimVm(PlanId id, String text, CompletableFuture<VmExit> exit) {
      this.id = id;
      this.text = text;
      this.exit = exit;
    }

    @Override
    public Handle handle() {
      return new Handle("hypervisor", Sim.NAME, Sim.VERSION, id, Map.of("text", text));
    }

    @Override
    public CompletionStage<VmExit> exited() {
      return exit.minimalCompletionStage();
    }

    @Override
    public VmStats stats() {
      return use.getOrDefault(id.capsule(), NOTHING_KNOWN);
    }

    @Override
    public void kill(Deadline within) throws DriverException {
      marks.check(within);
      end(id, text, "killed");
    }
  }
}
