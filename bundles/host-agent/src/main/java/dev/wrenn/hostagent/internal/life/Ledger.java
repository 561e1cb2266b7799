package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.hostagent.internal.journal.Journal;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Where changes become durable and known: journal first, then memory, then listeners. Thread-safe. */
final class Ledger {
  private final Journal journal;
  private final Events events;
  private final AtomicLong sequence;

  Ledger(Journal journal, Events events) {
    this.journal = journal;
    this.events = events;
    sequence = new AtomicLong(journal.records().stream().mapToLong(CapsuleRecord::sequence).max().orElse(0));
  }

  /** The record with the next number. */
  CapsuleRecord numbered(CapsuleRecord record) {
    return record.withSequence(sequence.incrementAndGet());
  }

  /** @throws HostException {@code FAILED} when the journal can't be written */
  void keep(CapsuleRecord record) throws HostException {
    try {
      journal.put(record);
    } catch (IOException e) {
      throw new HostException(Code.FAILED, "journal", e.getMessage(), e);
    }
  }

  /** With the next change that is flushed. */
  void forget(String id) throws HostException {
    try {
      journal.noteRemoved(id);
    } catch (IOException e) {
      throw new HostException(Code.FAILED, "journal", e.getMessage(), e);
    }
  }

  void note(CapsuleRecord record) throws IOException {
    journal.note(record);
  }

  void tell(CapsuleRecord record, Optional<Instant> active) {
    HostedCapsule picture = record.picture(active);
    events.publish(picture);
  }
}
