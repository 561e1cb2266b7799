package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/** Runs microVMs. The rules of {@link Driver} bind it. {@link #probe} boots a real guest; it never guesses from a device node. */
@ConsumerType
public interface HypervisorDriver extends Driver {
  /**
   * Variants of attachments that this driver takes here and now. Disks and networks: {@code qcow2}, {@code raw}, {@code tap},
   * {@code user} …; memory of a {@link #restore}: {@code image}, {@code paged}. A driver that can't save and restore names none of memory.
   */
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
   * Makes a microVM that goes on where a saved one was frozen, and returns as soon as its guest runs again. What the guest can't know
   * (the time that has passed, that it may be a copy) is for the caller to tell its agent. Idempotent by {@link RestorePlan#id()}: a
   * microVM of that id that is there already is thawed. On failure nothing is left of it; state file, image and disk are as before.
   * Any number of microVMs may be restored from one image at a time: none ever writes to it.
   *
   * @throws DriverException {@code UNSUPPORTED} when this driver, version or machine can't restore this state, saying which need is
   *     not met by what; {@code INVALID} for a bad plan: one that contradicts the saved state's memory, processors or kernel, or names
   *     files that are missing or have another size; else as {@link #boot}
   */
  default MicroVm restore(RestorePlan plan, Deadline within) throws DriverException {
    throw DriverException.of(Code.UNSUPPORTED, "restore", "Driver '" + name() + "' can't restore " + plan.id());
  }

  /**
   * Takes over a microVM that another instance, version or JVM made, frozen or not: proves pid, start time and control socket.
   *
   * @throws DriverException {@code GONE} when that can't be proven; what was left of it has then been ended and removed
   */
  MicroVm adopt(Handle handle, Deadline within) throws DriverException;
}
