package dev.wrenn.spi.network;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** A capsule's network. It is there until {@link #release}, whatever becomes of this object. */
@ConsumerType
public interface Network {
  Handle handle();

  NetworkAttachment attachment();

  /** Where this host reaches the agent of the capsule, once a hypervisor has the attachment. */
  InetSocketAddress agent();

  /** Bytes in and out of the guest so far; empty where the driver can't count. Cheap: no fork. */
  Optional<Traffic> traffic() throws DriverException;

  /** Gives the network back. Idempotent; succeeds when it is already gone; leaves no rule, address or process. */
  void release(Deadline within) throws DriverException;

  /** Counted from the guest's side since the network was acquired. */
  record Traffic(long receivedBytes, long sentBytes) {}
}
