package dev.wrenn.host;

import org.osgi.annotation.versioning.ProviderType;

/** Finds a host for a capsule and holds the room there until the capsule is on the host's own books. Thread-safe. */
@ProviderType
public interface Scheduler {
  /**
   * @throws HostException {@code NO_CAPACITY} when no host has room (the message says what is missing where); {@code UNAVAILABLE}
   *     when no host is there at all, or none takes capsules just now; {@code NOT_FOUND} when no host has the image
   */
  Reservation reserve(CapsuleOrder order) throws HostException;

  /** The HostAgent of that id. @throws HostException {@code UNAVAILABLE} */
  HostAgent host(String id) throws HostException;

  /** Room held on a host. {@link #close} gives it back; call it once the host has confirmed or refused. Idempotent. */
  @ProviderType
  interface Reservation extends AutoCloseable {
    HostAgent host();

    String hostId();

    @Override
    void close();
  }
}
