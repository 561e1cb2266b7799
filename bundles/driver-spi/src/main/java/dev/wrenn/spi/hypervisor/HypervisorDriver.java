package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/** Runs microVMs. The rules of {@link Driver} bind it. {@link #probe} boots a real guest; it never guesses from a device node. */
@ConsumerType
public interface HypervisorDriver extends Driver {
  /** Variants of disk and network attachments that {@link #boot} takes: {@code qcow2}, {@code raw}, {@code tap}, {@code user} … */
  Set<String> accepts();

  /**
   * Starts a microVM and returns as soon as its process runs the guest; whether the agent answers is for the caller to see.
   * Idempotent by {@link BootPlan#id()}. On failure nothing is left of it.
   *
   * @throws DriverException {@code UNSUPPORTED} for an attachment that it doesn't take, or when the hypervisor is not installed;
   *     {@code INVALID} for a bad plan; {@code CONFLICT}; {@code TIMEOUT}; {@code IO} with the hypervisor's own words
   */
  MicroVm boot(BootPlan plan, Deadline within) throws DriverException;

  /**
   * Takes over a microVM that another instance, version or JVM made: proves pid, start time and control socket.
   *
   * @throws DriverException {@code GONE} when that can't be proven; what was left of it has then been ended and removed
   */
  MicroVm adopt(Handle handle, Deadline within) throws DriverException;
}
