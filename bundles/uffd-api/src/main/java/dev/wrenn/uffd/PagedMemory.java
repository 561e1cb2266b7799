package dev.wrenn.uffd;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.memory.MemorySource;
import java.util.BitSet;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/** The memory of one microVM while it is delivered. Any thread. */
@ProviderType
public interface PagedMemory {
  PlanId id();

  /** What a hypervisor driver gets. */
  MemorySource.Paged source();

  /**
   * Completes once, pushed, when nothing more is delivered; actions on it run on virtual threads. Never completes when the service goes
   * before: {@linkplain PageServer#adopt adopt} it from the next one.
   */
  CompletionStage<End> end();

  /** Counters, as far as there are; of a delivery that is over those at its end. */
  Stats stats(Deadline within) throws PageServerException;

  /**
   * What was touched up to now, in order, after what was delivered first on request.
   *
   * @throws PageServerException also when the pager is gone
   */
  HotSet touched(Deadline within) throws PageServerException;

  /**
   * What a driver that saves the microVM can't see: pages that are zero though nobody has them. To be asked for while it is frozen.
   *
   * @throws PageServerException also when the pager is gone
   */
  Zeros zeros(Deadline within) throws PageServerException;

  /** Whether what is not asked for is delivered in the background. A change takes effect at once. */
  void prefetch(boolean on, Deadline within) throws PageServerException;

  /** Ends the delivery, which stops a microVM that is not complete, and removes what belonged to it. Idempotent. */
  void close(Deadline within) throws PageServerException;

  /** How it went out. */
  enum Kind {
    /** The microVM has all its memory and needs no pager any more. */
    COMPLETE,
    /** The microVM has ended, or was closed. */
    LEFT,
    /** The rest of the memory can't be delivered: the microVM stands still for ever and must be killed. */
    LOST
  }

  /** @param reason for an operator */
  record End(Kind kind, String reason) {}

  /**
   * @param whole the memory was delivered wholly: every page that the microVM's process does not have is zero
   * @param removed otherwise: pages, by their number, that the guest gave back and has not touched since; the others are as in the image
   */
  record Zeros(boolean whole, BitSet removed) {}

  /**
   * @param faults pages that the guest had to wait for
   * @param copied pages that were put in, on request or before
   * @param zeroed pages of zeros that were put in
   * @param removed events by which the guest gave pages back
   * @param prefetched pages among the copied that nobody had asked for: hot ones, and those of the rest
   * @param missing pages that are still to be delivered
   * @param raced faults for a page that was there by then
   * @param deferred faults that had to be tried again, for the guest gave back memory at the same time
   * @param longestMicros from reading a fault to its page, at most
   * @param histogram faults by that time: below 1, 2, 4, 8 … µs
   */
  record Stats(long faults, long copied, long zeroed, long removed, long prefetched, long missing, long raced, long deferred, long longestMicros,
      java.util.List<Long> histogram) {
    public Stats {
      histogram = java.util.List.copyOf(histogram);
    }
  }
}
