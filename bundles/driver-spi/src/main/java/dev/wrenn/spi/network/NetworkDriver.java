package dev.wrenn.spi.network;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/** Gives capsules a network of their own. The rules of {@link Driver} bind it. */
@ConsumerType
public interface NetworkDriver extends Driver {
  /** Variants of {@link NetworkAttachment} that {@link #acquire} makes; empty when only a network that was made shows it. */
  default Set<String> offers() {
    return Set.of();
  }

  /**
   * Makes, or takes from a pool, the network of a capsule. Idempotent by {@link NetworkPlan#id()}. When it returns, its address is
   * up on this host: nothing that is sent to it can leave the machine.
   *
   * @throws DriverException {@code NO_CAPACITY} when no slot is left; {@code CONFLICT}; {@code TIMEOUT}; {@code IO}
   */
  Network acquire(NetworkPlan plan, Deadline within) throws DriverException;

  /** Takes over a network that another instance or version of this driver made; {@code GONE} when it can't be proven to be there. */
  Network adopt(Handle handle, Deadline within) throws DriverException;
}
