package dev.wrenn.scheduler.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.spi.placement.PlacementPolicy.Candidate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a host has left: its own last word, less what has been promised since. A promise that is closed still counts until the host has
 * been asked again, for its word may be older than the capsule; one whose capsule the host has on its own books counts no more, for the
 * host counts it. Not thread-safe: the scheduler holds its lock, but for {@link #ask}, which it must not hold.
 */
final class HostLedger {
  /** A caller that died with its promise must not hold the room for ever; no create takes this long. */
  private static final Duration LEASE = Duration.ofMinutes(10);
  /** Without a word for so long a host is taken for away. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final String id;
  private final HostAgent host;
  private final List<Hold> holds = new ArrayList<>();
  private Word word;

  /** A promise. {@code closedNanos} is 0 while it is open. */
  static final class Hold {
    private final CapsuleOrder order;
    private final long openedNanos = System.nanoTime();
    private long closedNanos;
    private boolean booked;

    private Hold(CapsuleOrder order) {
      this.order = order;
    }

    void close() {
      if (closedNanos == 0) {
        closedNanos = System.nanoTime();
      }
    }
  }

  /** What a host said. @param askedNanos it may know less than what happened after that @param capsules that its figures contain; empty: not asked */
  record Word(HostStatus status, long askedNanos, Set<String> capsules) {}

  /** @param before of the same host, whose agent was exchanged: its promises stand */
  HostLedger(String id, HostAgent host, Optional<HostLedger> before) {
    this.id = id;
    this.host = host;
    before.ifPresent(old -> holds.addAll(old.holds));
  }

  String id() {
    return id;
  }

  HostAgent host() {
    return host;
  }

  /** Asks the host; may take as long as it likes. @param whole for its capsules too, which costs more */
  Word ask(boolean whole) {
    long now = System.nanoTime();
    // Capsules before figures: what is listed is in the figures that come after.
    Set<String> capsules = whole ? host.list().stream().map(HostedCapsule::id).collect(Collectors.toSet()) : Set.of();
    return new Word(host.status(), now, capsules);
  }

  void heard(Word next) {
    if (word != null && next.askedNanos < word.askedNanos) {
      return;
    }
    word = next;
    holds.forEach(hold -> hold.booked |= next.capsules.contains(hold.order.id()));
    holds.removeIf(hold -> hold.closedNanos != 0 && hold.closedNanos < next.askedNanos || next.askedNanos - hold.openedNanos > LEASE.toNanos());
  }

  boolean olderThan(long nanos) {
    return word == null || System.nanoTime() - word.askedNanos > nanos;
  }

  /** Its last word; empty when there is none that is worth anything. */
  Optional<HostStatus> status() {
    return word == null || olderThan(SILENCE.toNanos()) ? Optional.empty() : Optional.of(word.status);
  }

  /** Whether some promises may be counted twice, here and by the host. */
  boolean mayCountTwice() {
    return holds.stream().anyMatch(hold -> !hold.booked);
  }

  Candidate candidate(HostStatus now) {
    int cpu = 0;
    int memory = 0;
    long disk = 0;
    for (Hold hold : holds) {
      if (!hold.booked) {
        cpu += hold.order.vcpus();
        memory += hold.order.memoryMib();
        disk += hold.order.diskMib();
      }
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
