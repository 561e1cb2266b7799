package dev.wrenn.auth.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ShortCacheTest {
  private final AtomicLong clock = new AtomicLong();
  private final AtomicInteger questions = new AtomicInteger();
  private final ShortCache<String, Integer> cache = new ShortCache<>(1000, 2500, clock::get);

  private Optional<Integer> get() {
    return cache.get("k", k -> Optional.of(questions.incrementAndGet()));
  }

  private void after(long millis) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void asksOncePerMoment() {
    assertEquals(Optional.of(1), get());
    after(999);
    assertEquals(Optional.of(1), get());
    after(1);
    assertEquals(Optional.of(2), get());
    assertEquals(Optional.of(2), get());
  }

  @Test
  void keepsNoAnswerThatIsNone() {
    assertEquals(Optional.empty(), cache.get("k", k -> Optional.empty()));
    assertEquals(Optional.of(1), get());
  }

  @Test
  void letsOneAskAnewAndTheOthersTakeTheOldAnswerForATime() throws Exception {
    get();
    after(1500);
    CountDownLatch asking = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    Thread slow = Thread.ofVirtual().start(() -> cache.get("k", k -> {
      asking.countDown();
      try {
        answer.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return Optional.of(50);
    }));
    asking.await();
    assertEquals(Optional.of(1), get());
    after(1000);
    // The old answer is too old now, whoever asks for another.
    assertEquals(Optional.of(2), get());
    answer.countDown();
    slow.join();
  }

  @Test
  void dropsTheOldAnswerWhenTheNewOneIsARefusal() {
    get();
    after(1500);
    assertThrows(IllegalStateException.class, () -> cache.get("k", k -> {
      throw new IllegalStateException("refused");
    }));
    assertEquals(Optional.of(2), get());
  }

  @Test
  void keepsNothingThatWasAnsweredWhileItForgot() {
    cache.get("k", k -> {
      cache.forget();
      return Optional.of(7);
    });
    assertEquals(Optional.of(1), get());
    cache.forget();
    assertEquals(Optional.of(2), get());
  }
}
