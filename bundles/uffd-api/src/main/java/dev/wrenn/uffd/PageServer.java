package dev.wrenn.uffd;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Delivers memory to restored microVMs when they touch it, from a process of its own, the pager: it goes on when this service, its bundle or
 * this JVM goes. Calls wait for the pager only; any thread.
 */
@ProviderType
public interface PageServer {
  /**
   * Why nothing could be opened now; empty when it could. Cheap.
   *
   * @return a sentence for an operator: not permitted, not started yet …
   */
  Optional<String> trouble();

  /**
   * Makes a socket at which one microVM gets its memory; it listens when this returns. Who does not connect within the configured time
   * loses it. Idempotent by id while nobody has connected.
   *
   * @param stored where the memory is; it must stay until {@link PagedMemory#end} or {@link PagedMemory#close}
   * @param first what to deliver before it is asked for
   * @throws PageServerException when there is no pager, or it can't read the memory
   */
  PagedMemory open(PlanId id, Snapshots.Stored stored, Optional<HotSet> first, Deadline within) throws PageServerException;

  /**
   * What another instance of this service, or of this JVM, has opened. One that no pager knows any more has its {@link PagedMemory#end}
   * at once: complete when that had been written down, else lost.
   */
  PagedMemory adopt(PlanId id, Deadline within) throws PageServerException;

  /** Ends the delivery for that id, if there is one, and removes what belonged to it. For what is not in hand; idempotent. */
  void discard(PlanId id, Deadline within) throws PageServerException;

  /**
   * Whose memory is delivered, was delivered, or has files left of it, whoever opened it: by this a host finds what it has to {@link #discard},
   * because none of its capsules needs it.
   *
   * @return a picture of now
   * @throws PageServerException when a pager does not answer: it is not known then what there is
   */
  Set<PlanId> known(Deadline within) throws PageServerException;
}
