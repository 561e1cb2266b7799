package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wrenn.linux.BoundedLog;
import dev.wrenn.linux.Cgroup;
import dev.wrenn.linux.ProcessId;
import dev.wrenn.linux.ProcessWatch;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.RestorePlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Runs capsules as QEMU microVMs, by KVM or emulation. Everything that it knows of a microVM is in its directory, its process and
 * its control group; so another instance goes on where this one ended.
 */
@Component(
    service = HypervisorDriver.class,
    configurationPid = QemuHypervisor.PID,
    property = Driver.NAME + "=" + QemuHypervisor.NAME,
    properties = "OSGI-INF/driver.properties")
@Designate(ocd = QemuConfig.class)
public final class QemuHypervisor implements HypervisorDriver {
  static final String NAME = "qemu";
  static final String PID = "dev.wrenn.hypervisor.qemu";

  private final Settings settings;
  private final ProcessWatch watch;
  private final Packed preload;
  private final KernelDigest digests = new KernelDigest();
  private final Remains remains;
  private final Starter starter;
  private final Prober prober;
  private Optional<Findings> last = Optional.empty();

  @Activate
  public QemuHypervisor(QemuConfig config, BundleContext context) throws IOException {
    this(Settings.of(config, context.getBundle().getVersion().toString()));
  }

  public QemuHypervisor(Settings settings) throws IOException {
    this.settings = settings;
    this.watch = new ProcessWatch();
    this.remains = new Remains(settings, watch);
    this.preload = Packed.preload(settings.directory());
    this.starter = new Starter(settings, preload, Packed.launcher(settings.directory()));
    this.prober = new Prober(settings, new ProbeGuest(settings, starter, remains), preload);
  }

  /** Stops watching. Every microVM runs on. */
  @Deactivate
  public void close() {
    watch.close();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String version() {
    return settings.version();
  }

  @Override
  public Set<String> accepts() {
    Set<String> accepted = new TreeSet<>(PlanCheck.ACCEPTED);
    if (preload.present()) {
      accepted.add("image");
      if (FaultDescriptors.permitted(settings.confined())) {
        accepted.add("paged");
      }
    }
    return accepted;
  }

  /** The first call may be answered from what an earlier instance found under the same circumstances; every further one boots guests. */
  @Override
  public synchronized Probe probe(Deadline within) throws DriverException {
    last = last.isPresent() ? Optional.of(prober.probe(within)) : Optional.of(found(within));
    if (last.get().probe().usable()) {
      readKernel();
    }
    return last.get().probe();
  }

  /** The first microVM need not wait for the digest of its kernel then. */
  private void readKernel() throws DriverException {
    try {
      digests.of(prober.kernel());
    } catch (IOException e) {
      throw Failures.io("probe", "The kernel that guests boot can't be read", e);
    }
  }

  /** What is known, or else found out now. */
  private synchronized Findings found(Deadline within) throws DriverException {
    String circumstances = prober.circumstances();
    if (last.filter(known -> known.circumstances().equals(circumstances)).isEmpty()) {
      Optional<Findings> remembered = prober.remembered();
      last = Optional.of(remembered.isPresent() ? remembered.get() : prober.probe(within));
    }
    return last.get();
  }

  @Override
  public MicroVm boot(BootPlan plan, Deadline within) throws DriverException {
    PlanCheck.check(plan);
    Optional<MicroVm> there = there(plan.id(), within);
    if (there.isPresent()) {
      return there.get();
    }
    String accelerator = accelerator(within);
    Guest guest = guest(plan, accelerator, Optional.empty());
    return started(guest, preload.present() ? needs(plan, accelerator, within) : Map.of(), within);
  }

  @Override
  public MicroVm restore(RestorePlan plan, Deadline within) throws DriverException {
    PlanCheck.check(plan, accepts());
    Optional<MicroVm> there = there(plan.id(), within);
    if (there.isPresent()) {
      there.get().thaw(within);
      return there.get();
    }
    String accelerator = accelerator(within);
    Needs.check(plan, needs(plan.machine(), accelerator, within));
    Guest guest = guest(plan.machine(), accelerator, Optional.of(new Origin(plan.stateFile(), plan.memory(), plan.diskBytes())));
    return started(guest, plan.saved().needs(), within);
  }

  private MicroVm started(Guest guest, Map<String, String> needs, Deadline within) throws DriverException {
    try {
      Started started = starter.start(guest, within);
      try (Qmp over = started.qmp()) {
        Handle handle = VmHandle.of(settings, guest, needs, started);
        VmHandle.write(started.directory(), handle);
        if (guest.origin().isPresent()) {
          goOn(over, guest.origin().get(), within);
        }
        return vm(handle, started.pid(), Optional.of(started.process()), started.log());
      }
    } catch (DriverException e) {
      // Another start of the same id owns what is there.
      if (e.code() != Code.CONFLICT) {
        remains.undo(guest.id(), e);
      }
      throw e;
    } catch (IOException e) {
      DriverException failure = Failures.io("start", "QEMU of " + guest.id() + " could not be taken into care", e);
      remains.undo(guest.id(), failure);
      throw failure;
    }
  }

  private static void goOn(Qmp qmp, Origin origin, Deadline within) throws DriverException, IOException {
    qmp.execute("cont", within);
    if (origin.diskBytes() > 0) {
      qmp.execute("block_resize", JsonNodeFactory.instance.objectNode().put("node-name", CommandLine.DISK).put("size", origin.diskBytes()), within);
    }
  }

  private Map<String, String> needs(BootPlan plan, String accelerator, Deadline within) throws DriverException {
    try {
      return Needs.of(plan, accelerator, found(within).probe().facts().getOrDefault("qemu.version", ""), digests);
    } catch (IOException e) {
      throw Failures.io("plan", "What a saved " + plan.id() + " would need can't be found out", e);
    }
  }

  @Override
  public MicroVm adopt(Handle handle, Deadline within) throws DriverException {
    PlanId id = handle.id();
    String doubt;
    try {
      ProcessId pid = VmHandle.process(handle);
      if (Remains.names(pid, id)) {
        doubt = doubt(handle, within);
        if (doubt.isEmpty()) {
          return vm(handle, pid, Optional.empty(), BoundedLog.stderrOf(pid));
        }
        remains.end(id, pid, within);
      } else {
        doubt = "its process " + pid.pid() + " is no more";
      }
    } catch (IOException e) {
      doubt = "its log can't be opened: " + e.getMessage();
    } catch (DriverException e) {
      if (e.code() != Code.GONE) {
        throw e;
      }
      doubt = e.getMessage();
    }
    remains.discard(id, within);
    throw DriverException.of(Code.GONE, "adopt", "The microVM of " + id + " is gone: " + doubt + ". What was left of it has been removed");
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    remains.discard(id, within);
  }

  /** The microVM of this plan if it runs; what is left of half-made or ended ones of its capsule is removed. */
  private Optional<MicroVm> there(PlanId id, Deadline within) throws DriverException {
    for (PlanId other : remains.generations(id.capsule())) {
      Optional<Handle> handle = handle(other);
      boolean runs = handle.isPresent() && Remains.names(VmHandle.process(handle.get()), other);
      if (runs && !other.equals(id)) {
        throw DriverException.of(Code.CONFLICT, "start", "Capsule " + id.capsule() + " still has a microVM of generation " + other.generation()
            + "; end that before generation " + id.generation() + " is started");
      }
      if (runs) {
        try {
          return Optional.of(adopt(handle.get(), within));
        } catch (DriverException e) {
          if (e.code() != Code.GONE) {
            throw e;
          }
        }
      }
      remains.discard(other, within);
    }
    return Optional.empty();
  }

  private Optional<Handle> handle(PlanId id) throws DriverException {
    try {
      return VmHandle.read(CapsuleDirectory.of(settings.directory(), id));
    } catch (IOException e) {
      throw Failures.io("directory", "The handle of " + id + " can't be read", e);
    }
  }

  private String accelerator(Deadline within) throws DriverException {
    Findings findings = found(within);
    return findings.accelerator().orElseThrow(() -> DriverException.of(Code.UNSUPPORTED, "probe", findings.probe().summary()));
  }

  private static Guest guest(BootPlan plan, String accelerator, Optional<Origin> origin) throws DriverException {
    try {
      return Guest.of(plan, accelerator, origin);
    } catch (IOException e) {
      throw Failures.io("plan", "The properties of the kernel of " + plan.id() + " can't be read", e);
    }
  }

  /**
   * Why the process can't be taken over; empty when it answers and can go on. One that only takes its time is not ended for that: on a
   * busy host it may be sound, so the caller gets a {@code TIMEOUT} and may ask again.
   */
  static String doubt(Handle handle, Deadline within) throws DriverException {
    try (Qmp qmp = Qmp.call(Path.of(handle.need("qmp")), within)) {
      String status = qmp.status(within);
      return Freezer.canGoOn(status) ? "" : "QEMU says that it is " + status;
    } catch (IOException e) {
      return "it does not answer: " + e.getMessage();
    } catch (DriverException e) {
      within.check("adopt");
      return e.getMessage();
    }
  }

  private QemuVm vm(Handle handle, ProcessId pid, Optional<Process> child, BoundedLog log) throws IOException {
    Optional<Cgroup> cgroup = settings.confined() && settings.cgroups().supported()
        ? Optional.of(settings.cgroups().group(handle.id().toString())) : Optional.empty();
    return new QemuVm(handle, pid, child, cgroup, log, watch, remains);
  }
}
