package dev.wrenn.scheduler.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostStatus;
import dev.wrenn.spi.placement.PlacementPolicy.Candidate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a host has left: its own last word, less what has been promised since. A promise that is closed still counts until the host has
 * been asked again, for its word may be older than the capsule. Not thread-safe: the scheduler holds its lock.
 */
final class HostLedger {
  /** A caller that died with its promise must not hold the room for ever; no create takes this long. */
  private static final Duration LEASE = Duration.ofMinutes(10);
  private final String id;
  private final HostAgent host;
  private final long statusMaxAgeNanos;
  private final List<Hold> holds = new ArrayList<>();
  private HostStatus status;
  private long statusNanos;

  /** A promise. {@code closedNanos} is 0 while it is open. */
  static final class Hold {
    private final CapsuleOrder order;
    private final long openedNanos = System.nanoTime();
    private long closedNanos;

    private Hold(CapsuleOrder order) {
      this.order = order;
    }

    void close() {
      if (closedNanos == 0) {
        closedNanos = System.nanoTime();
      }
    }
  }

  HostLedger(String id, HostAgent host, long statusMaxAgeMillis) {
    this.id = id;
    this.host = host;
    this.statusMaxAgeNanos = Duration.ofMillis(statusMaxAgeMillis).toNanos();
  }

  String id() {
    return id;
  }

  HostAgent host() {
    return host;
  }

  /** The host's word, at most as old as configured, and never older than a promise that ended. */
  HostStatus status() {
    long now = System.nanoTime();
    if (status == null || now - statusNanos > statusMaxAgeNanos) {
      HostStatus fresh = host.status();
      status = fresh;
      statusNanos = now;
      holds.removeIf(h -> h.closedNanos != 0 && now - h.closedNanos > 0 || now - h.openedNanos > LEASE.toNanos());
    }
    return status;
  }

  Candidate candidate() {
    HostStatus now = status();
    int cpu = 0;
    int memory = 0;
    long disk = 0;
    for (Hold hold : holds) {
      cpu += hold.order.vcpus();
      memory += hold.order.memoryMib();
      disk += hold.order.diskMib();
    }
    return new Candidate(id, now.cpuTotal(), now.cpuTotal() - now.cpuUsed() - cpu, now.memoryTotalMib(), now.memoryTotalMib() - now.memoryUsedMib() - memory,
        now.diskTotalMib(), now.diskTotalMib() - now.diskUsedMib() - disk, now.since().toEpochMilli());
  }

  Hold hold(CapsuleOrder order) {
    Hold hold = new Hold(order);
    holds.add(hold);
    return hold;
  }
}
