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
import dev.wrenn.spi.hypervisor.RestorePlan;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import dev.wrenn.spi.memory.PageSink;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Simulated microVMs: a mark each, and a guest in the shared agent. Removing the mark is their crash. */
public final class SimHypervisor implements HypervisorDriver, AutoCloseable {
  private static final String TOKEN = "wrenn.token=";

  private final Marks marks;
  private final Marks frozen;
  private final SimAgent agent;
  private final AtomicInteger refusals = new AtomicInteger();
  private final WatchService watch;
  private static final MicroVm.VmStats NOTHING_KNOWN = new MicroVm.VmStats(-1, -1);
  private final Map<String, MicroVm.VmStats> use = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<MicroVm.VmExit>> exits = new ConcurrentHashMap<>();

  public SimHypervisor(Path directory, SimAgent agent) throws IOException {
    marks = new Marks(directory.resolve("vms"), "boot");
    frozen = new Marks(directory.resolve("frozen"), "freeze");
    this.agent = agent;
    watch = marks.directory().getFileSystem().newWatchService();
    marks.directory().register(watch, StandardWatchEventKinds.ENTRY_DELETE);
    Thread.ofVirtual().name("sim-exits").start(this::watch);
  }

  /** What a capsule is said to use from now on. */
  public void uses(String capsule, MicroVm.VmStats stats) {
    use.put(capsule, stats);
  }

  /** So many times from now on no microVM can be thawed. */
  public void refuseThaws(int times) {
    refusals.set(times);
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
    return Set.of("raw", "user", "image", "paged");
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
    return start(plan, network, hash);
  }

  @Override
  public MicroVm restore(RestorePlan plan, Deadline within) throws DriverException {
    marks.check(within);
    BootPlan machine = plan.machine();
    Map<String, String> here = needs(machine.memoryMib(), machine.vcpus());
    if (!(machine.network() instanceof NetworkAttachment.UserMode network) || !plan.saved().needs().equals(here)
        || plan.memory().bytes() != (long) machine.memoryMib() << 20) {
      throw DriverException.of(Code.INVALID, "restore", "The saved state of " + plan.id() + " does not fit: it needs " + plan.saved().needs()
          + ", and here is " + here);
    }
    try {
      MicroVm vm = start(machine, network, Files.readString(plan.stateFile()));
      vm.thaw(within);
      return vm;
    } catch (IOException e) {
      throw DriverException.of(Code.INVALID, "restore", "The saved state of " + plan.id() + " can't be read from " + plan.stateFile(), e);
    }
  }

  private static Map<String, String> needs(int memoryMib, int vcpus) {
    return Map.of(SavedState.DRIVER, Sim.NAME, SavedState.FORMAT, "1", SavedState.MEMORY_MIB, Integer.toString(memoryMib),
        SavedState.VCPUS, Integer.toString(vcpus));
  }

  private MicroVm start(BootPlan plan, NetworkAttachment.UserMode network, String hash) throws DriverException {
    String text = plan.id().generation() + " " + network.hostPort() + " " + SimNetwork.slot(network) + " " + plan.memoryMib() + " " + plan.vcpus()
        + " " + hash;
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
    String[] words = text.split(" ", 6);
    agent.enter(SimNetwork.address(Integer.parseInt(words[2])), id.toString(), words[5]);
    return new SimVm(id, text, exits.computeIfAbsent(id.capsule() + " " + text, key -> new CompletableFuture<>()));
  }

  private void end(PlanId id, String text, String reason) throws DriverException {
    agent.leave(SimNetwork.address(Integer.parseInt(text.split(" ", 6)[2])), id.toString());
    frozen.remove(id.capsule(), text);
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
    public boolean canSave() {
      return true;
    }

    @Override
    public void freeze(Deadline within) throws DriverException {
      there(within);
      frozen.make(id.capsule(), text);
    }

    @Override
    public void thaw(Deadline within) throws DriverException {
      there(within);
      if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw DriverException.of(Code.IO, "thaw", "The simulated microVM of " + id + " is not to be thawed now");
      }
      frozen.remove(id.capsule(), text);
    }

    /** The state is what the guest asks of its callers; the memory is one page that names the microVM. */
    @Override
    public SavedState save(SavePlan plan, Deadline within) throws DriverException {
      there(within);
      if (!frozen.text(id.capsule()).equals(Optional.of(text))) {
        throw DriverException.of(Code.INVALID, "save", "The simulated microVM of " + id + " is not frozen");
      }
      String[] words = text.split(" ", 6);
      String hash = agent.tokenHash(SimNetwork.address(Integer.parseInt(words[2])), id.toString()).orElse(words[5]);
      try {
        ByteBuffer page = ByteBuffer.allocateDirect(PageSink.PAGE);
        page.put(id.toString().getBytes(StandardCharsets.US_ASCII));
        plan.pages().data(0, page.clear());
        plan.pages().zero(PageSink.PAGE, PageSink.PAGE);
        Files.writeString(plan.stateFile(), hash, StandardOpenOption.CREATE_NEW);
        return new SavedState(needs(Integer.parseInt(words[3]), Integer.parseInt(words[4])));
      } catch (IOException e) {
        throw DriverException.of(Code.IO, "save", "The simulated microVM of " + id + " can't be saved to " + plan.stateFile(), e);
      }
    }

    @Override
    public long reclaim(long bytes, Deadline within) throws DriverException {
      there(within);
      return bytes;
    }

    private void there(Deadline within) throws DriverException {
      marks.check(within);
      if (!marks.text(id.capsule()).equals(Optional.of(text))) {
        throw marks.gone(id);
      }
    }

    @Override
    public void kill(Deadline within) throws DriverException {
      marks.check(within);
      end(id, text, "killed");
    }
  }
}
