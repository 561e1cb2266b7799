package dev.wrenn.scheduler.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks hosts side by side, each at most once at a time, and waits a bounded time for their answers. Thread-safe. */
final class Questions {
  private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

  private static final CompletableFuture<Void> NOBODY_WAITS = CompletableFuture.completedFuture(null);

  private final Map<Question, Asked> open = new ConcurrentHashMap<>();
  private final Executor threads;
  private final long patienceNanos;

  /** By identity of the ledger, as ledgers have no other. */
  private record Question(HostLedger ledger, boolean whole) {}

  private record Asked(CompletableFuture<Void> answer, long sinceNanos) {}

  Questions(Executor threads, Duration patience) {
    this.threads = threads;
    this.patienceNanos = patience.toNanos();
  }

  /** Returns when all have answered or failed, or when patience ran out; late answers are handed on too. */
  void ask(List<HostLedger> ledgers, boolean whole, BiConsumer<HostLedger, HostLedger.Word> answer) {
    List<CompletableFuture<Void>> all = ledgers.stream().map(ledger -> ask(new Question(ledger, whole), answer)).toList();
    try {
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(patienceNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("Some hosts have not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private CompletableFuture<Void> ask(Question question, BiConsumer<HostLedger, HostLedger.Word> answer) {
    Asked mine = new Asked(new CompletableFuture<>(), System.nanoTime());
    Asked others = open.putIfAbsent(question, mine);
    if (others != null) {
      // A host that hangs costs one caller's patience, not everybody's.
      return mine.sinceNanos - others.sinceNanos > patienceNanos ? NOBODY_WAITS : others.answer;
    }
    threads.execute(() -> {
      try {
        answer.accept(question.ledger, question.ledger.ask(question.whole));
      } catch (RuntimeException e) {
        LOG.warn("Host {} can't say what it has left: {}", question.ledger.id(), e.toString());
      } finally {
        open.remove(question, mine);
        mine.answer.complete(null);
      }
    });
    return mine.answer;
  }
}
