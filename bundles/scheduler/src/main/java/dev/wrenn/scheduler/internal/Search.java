package dev.wrenn.scheduler.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.spi.placement.PlacementPolicy.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sorts hosts into those that could take an order and the reasons of those that can't. */
final class Search {
  private static final int REASONS = 5;

  private final CapsuleOrder order;
  private final List<Candidate> fit = new ArrayList<>();
  private final List<HostLedger> full = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private boolean someHaveTheImage;
  /** Some host takes capsules, but none of this kind. */
  private boolean someWillNeverTakeIt;
  private Candidate roomiest;

  Search(CapsuleOrder order) {
    this.order = order;
  }

  void consider(HostLedger ledger) {
    Optional<HostStatus> known = ledger.status();
    if (known.isEmpty()) {
      someHaveTheImage = true;
      reasons.add(ledger.id() + " doesn't answer");
      return;
    }
    HostStatus status = known.get();
    boolean image = status.images().stream().anyMatch(i -> i.name().equals(order.image()));
    someHaveTheImage |= image;
    Candidate free = ledger.candidate(status);
    if (!status.accepting()) {
      reasons.add(ledger.id() + " takes no capsules: " + (status.problems().isEmpty() ? "it is starting" : String.join("; ", status.problems())));
    } else if (!image) {
      someWillNeverTakeIt = true;
      reasons.add(ledger.id() + " has no image '" + order.image() + "'");
    } else if (free.memoryFreeMib() < order.memoryMib()) {
      isFull(ledger, free);
      reasons.add(ledger.id() + " has " + Math.max(0, free.memoryFreeMib()) + " MiB of memory free, " + order.memoryMib() + " are asked for");
    } else if (free.diskFreeMib() < order.diskMib()) {
      isFull(ledger, free);
      reasons.add(ledger.id() + " has " + Math.max(0, free.diskFreeMib()) + " MiB of disk free, " + order.diskMib() + " are asked for");
    } else {
      fit.add(free);
    }
  }

  private void isFull(HostLedger ledger, Candidate free) {
    full.add(ledger);
    if (roomiest == null || free.memoryFreeMib() > roomiest.memoryFreeMib()) {
      roomiest = free;
    }
  }

  List<Candidate> candidates() {
    return List.copyOf(fit);
  }

  /** Hosts that lack nothing but room. */
  List<HostLedger> full() {
    return List.copyOf(full);
  }

  HostException refusal(String policy) {
    if (!fit.isEmpty()) {
      return new HostException(HostException.Code.NO_CAPACITY, "schedule", "The placement policy '" + policy + "' refused every host with room.");
    }
    String why = String.join("; ", reasons.subList(0, Math.min(REASONS, reasons.size())))
        + (reasons.size() > REASONS ? "; and " + (reasons.size() - REASONS) + " more" : "");
    if (!someHaveTheImage) {
      return new HostException(HostException.Code.NOT_FOUND, "schedule", "No host has the template '" + order.image() + "': " + why + ".");
    }
    if (full.isEmpty() && !someWillNeverTakeIt) {
      return new HostException(HostException.Code.UNAVAILABLE, "schedule", "No host takes capsules now: " + why + ". Try again in a moment.");
    }
    String largest = roomiest == null ? "" : " (largest free: " + Math.max(0, roomiest.memoryFreeMib()) + " MiB on host " + roomiest.host() + ")";
    return new HostException(HostException.Code.NO_CAPACITY, "schedule",
        "No host has room" + largest + ": " + why + ". Destroy capsules that are not needed, or add a host.");
  }
}
