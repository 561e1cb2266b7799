package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.BoundedLog;
import dev.wrenn.linux.Cgroup;
import dev.wrenn.linux.ProcessId;
import dev.wrenn.linux.ProcessWatch;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.hypervisor.MicroVm;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** One running QEMU. It holds a log and a watch; the process needs neither. */
final class QemuVm implements MicroVm {
  private final Handle handle;
  private final ProcessId pid;
  private final Optional<Process> child;
  private final Optional<Cgroup> cgroup;
  private final BoundedLog log;
  private final Remains remains;
  private final Freezer freezer;
  private final CompletionStage<VmExit> exited;
  private volatile boolean killed;

  /** @param child the process as this JVM's own child, whose status it gets; empty when another JVM started it */
  QemuVm(Handle handle, ProcessId pid, Optional<Process> child, Optional<Cgroup> cgroup, BoundedLog log, ProcessWatch watch, Remains remains)
      throws IOException {
    this.handle = handle;
    this.pid = pid;
    this.child = child;
    this.cgroup = cgroup;
    this.log = log;
    this.remains = remains;
    this.exited = watch.exit(pid).thenApply(gone -> last());
    this.freezer = new Freezer(handle, pid, exited);
  }

  @Override
  public Handle handle() {
    return handle;
  }

  @Override
  public CompletionStage<VmExit> exited() {
    return exited;
  }

  @Override
  public VmStats stats() {
    long cpu = cgroup.map(group -> group.cpuNanos().orElse(-1)).orElseGet(() -> ProcFiles.cpuNanos(pid));
    return new VmStats(cpu, ProcFiles.residentBytes(pid));
  }

  @Override
  public void kill(Deadline within) throws DriverException {
    within.check("kill");
    killed = true;
    remains.end(handle.id(), pid, within);
    remains.clear(handle.id(), within);
  }

  @Override
  public boolean canSave() {
    return Needs.of(handle).isPresent();
  }

  @Override
  public void freeze(Deadline within) throws DriverException {
    freezer.freeze(within);
  }

  @Override
  public void thaw(Deadline within) throws DriverException {
    freezer.thaw(within);
  }

  @Override
  public SavedState save(SavePlan plan, Deadline within) throws DriverException {
    return freezer.save(plan, within);
  }

  @Override
  public long reclaim(long bytes, Deadline within) throws DriverException {
    return freezer.reclaim(bytes, within);
  }

  @Override
  public boolean retryWrites(Deadline within) throws DriverException {
    return freezer.retryWrites(within);
  }

  private VmExit last() {
    String words = Starter.words(log);
    try (log) {
      String end = killed ? "Ended on request" : child.map(QemuVm::status).orElse("QEMU has ended");
      return new VmExit(end + (words.isEmpty() ? "" : "; its words: " + words));
    } catch (IOException e) {
      return new VmExit("QEMU has ended; its log could not be closed: " + e.getMessage());
    }
  }

  private static String status(Process ended) {
    // The kernel has already said that it ended; the JDK's own thread is about to fetch the status.
    int status = ended.onExit().join().exitValue();
    return switch (status) {
      case 0 -> "The guest switched itself off, restarted or panicked, or QEMU was asked to quit";
      case 137 -> "QEMU was killed (signal 9): by an administrator, or for want of memory";
      default -> status > 128 ? "QEMU was ended by signal " + (status - 128) : "QEMU ended with status " + status;
    };
  }
}
