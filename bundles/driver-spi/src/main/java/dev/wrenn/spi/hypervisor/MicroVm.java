package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/** A running microVM. It runs until {@link #kill} or its own end, whatever becomes of this object. */
@ConsumerType
public interface MicroVm {
  Handle handle();

  /** Completes within a second of the end of the process, pushed by the kernel; never when only this object is dropped. */
  CompletionStage<VmExit> exited();

  /** Cheap: no fork, below a millisecond. */
  VmStats stats() throws DriverException;

  /** Ends the microVM and removes what belonged to it alone. Idempotent; returns when the process is gone. */
  void kill(Deadline within) throws DriverException;

  /**
   * @param reason for an operator, with the hypervisor's last words when it had any
   */
  record VmExit(String reason) {}

  /** What could be read; a value that could not is −1, never 0. */
  record VmStats(long cpuNanos, long residentBytes) {}
}
