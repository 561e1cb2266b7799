package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import java.util.Optional;
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

  /**
   * The end of what the guest wrote to its serial console. Cheap: no fork.
   *
   * @return empty when it has no console that is kept
   */
  default Optional<byte[]> console(int lastBytes) throws DriverException {
    return Optional.empty();
  }

  /** Ends the microVM and removes what belonged to it alone. Idempotent; returns when the process is gone. */
  void kill(Deadline within) throws DriverException;

  /** Whether {@link #freeze}, {@link #thaw}, {@link #save} and {@link #reclaim} work for this one. Cheap: nothing is asked. */
  default boolean canSave() {
    return false;
  }

  /**
   * Stops the guest's processors between two instructions. When it returns nothing in the guest runs, and everything that the guest has
   * written to its disk is in the disk's files, durably; what its kernel has only cached is in its memory. Idempotent. It stays
   * frozen when this object or the JVM goes.
   *
   * @throws DriverException {@code UNSUPPORTED} without {@link #canSave}; {@code GONE} when it has ended; {@code TIMEOUT}: it may be
   *     frozen or not, {@link #thaw} makes sure; {@code IO}
   */
  default void freeze(Deadline within) throws DriverException {
    throw cannot("freeze");
  }

  /** Lets a frozen guest go on, also after {@link #save}. Idempotent. Errors as {@link #freeze}. */
  default void thaw(Deadline within) throws DriverException {
    throw cannot("thaw");
  }

  /**
   * Writes down a frozen microVM. It stays frozen and whole: it may be thawed afterwards, saved once more, or killed. Pages are named in
   * terms of what it was started from: after a {@link HypervisorDriver#boot} from nothing but zeros, after a
   * {@link HypervisorDriver#restore} from the memory source of that plan. Memory that the guest has given back may come back with any
   * contents that it had before. The state file is synced (its directory is the
   * caller's to sync when it publishes the whole); when this fails none is left, and the sink's content is worthless.
   *
   * @return what a restore will need to match
   * @throws DriverException {@code INVALID} when it is not frozen or the state file is there already; {@code NO_CAPACITY} when the
   *     file system is full; else as {@link #freeze}
   */
  default SavedState save(SavePlan plan, Deadline within) throws DriverException {
    throw cannot("save");
  }

  /**
   * Makes the guest lend so many bytes of its memory to the host: more are taken, or what is too much is given back. The guest takes
   * part, so it must run: it is waited for as long as there is progress, at most until the deadline, which is no error here. With
   * 0 everything is given back; only that works on a frozen one, too, whose guest then takes it when it is thawed or restored.
   *
   * @param bytes what is to be lent in all, from 0; how much is sensible the guest's agent tells
   * @return bytes that are lent when the waiting ends; the host has them free
   * @throws DriverException {@code INVALID} for more than its memory, or for other than 0 when it is frozen; else as {@link #freeze}
   */
  default long reclaim(long bytes, Deadline within) throws DriverException {
    throw cannot("reclaim");
  }

  /**
   * Lets a guest go on that was stopped because there was no room for what it wrote to its disk: the writes are tried again, and it is stopped
   * again as long as they fail. Nothing that it wrote is lost by that. Does nothing to any other. Idempotent.
   *
   * @return whether it stood still for want of room
   * @throws DriverException as {@link #freeze}
   */
  default boolean retryWrites(Deadline within) throws DriverException {
    return false;
  }

  private DriverException cannot(String step) {
    return DriverException.of(Code.UNSUPPORTED, step, "The microVM of " + handle().id() + " can't be frozen and saved: its driver '"
        + handle().driver() + "' or the way in which it was started does not allow it. Destroy it and create it anew");
  }

  /**
   * @param reason for an operator, with the hypervisor's last words when it had any
   */
  record VmExit(String reason) {}

  /** What could be read; a value that could not is −1, never 0. */
  record VmStats(long cpuNanos, long residentBytes) {}
}
