package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static dev.wrenn.controlplane.internal.TestPlatform.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LifetimesTest {
  private static final Optional<String> UNNAMED = Optional.empty();
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();

  @Test
  void endsACapsuleWhoseLifetimeIsOver() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      Instant before = Instant.now();
      Capsule made = platform.capsules.create(ann, with(CapsuleOptions.DEFAULT, Duration.ofMillis(300)), UNNAMED);
      assertFalse(made.endAt().orElseThrow().isBefore(before.plusMillis(299)));
      String forever = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
      until("it has stopped", () -> platform.capsules.get(ann, made.id()).status() == CapsuleStatus.STOPPED);
      assertEquals(Optional.of(new Capsule.Reason("running", "lifetime ended")), platform.capsules.get(ann, made.id()).reason());
      assertFalse(host.capsules.containsKey(made.id()));
      assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, forever).status());
      assertEquals(Optional.empty(), platform.capsules.get(ann, forever).endAt());
    }
  }

  @Test
  void movesTheEnd() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(CapsuleOptions.DEFAULT, Duration.ofHours(1)), UNNAMED).id();
      Instant later = Instant.parse("2040-01-01T00:00:00.123456Z");
      assertEquals(Optional.of(later), platform.capsules.endAt(ann, id, later.plusNanos(7)).endAt());
      platform.capsules.endAt(ann, id, Instant.now().plusMillis(300));
      until("it has stopped", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
      refused(Code.INVALID_STATE, () -> platform.capsules.endAt(ann, id, later));
      refused(Code.NOT_FOUND, () -> platform.capsules.endAt(platform.team(), id, later));
      String next = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
      assertEquals(CapsuleStatus.STOPPED, platform.capsules.endAt(ann, next, Instant.now().minusSeconds(1)).status());
    }
  }

  @Test
  void aCopyEndsToo() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String made = platform.capsules.create(ann, with(CapsuleOptions.DEFAULT, Duration.ofHours(1)), UNNAMED).id();
      platform.capsules.endAt(ann, made, Instant.now().plusSeconds(60));
      Instant before = Instant.now();
      Instant end = copy(platform, ann, made).orElseThrow();
      assertFalse(end.isBefore(before.plus(Duration.ofHours(1)).minusMillis(1)), "the lifetime that it was made with, anew");

      String moved = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
      assertEquals(Optional.empty(), copy(platform, ann, moved));
      Instant later = Instant.parse("2040-01-01T00:00:00Z");
      platform.capsules.endAt(ann, moved, later);
      assertEquals(Optional.of(later), copy(platform, ann, moved));
    }
  }

  private static Optional<Instant> copy(TestPlatform platform, Caller ann, String id) throws Exception {
    return platform.capsules.fork(ann, id, 1).getFirst().capsule().orElseThrow().endAt();
  }

  @Test
  void endsWhatCameDueWhileThePlatformWasDown() throws Exception {
    TestPlatform first = new TestPlatform(directory, host);
    Caller ann = first.team();
    String id = first.capsules.create(ann, with(CapsuleOptions.DEFAULT, Duration.ofHours(1)), UNNAMED).id();
    first.lifetimes.stop();
    Instant end = Instant.now().plusSeconds(5);
    first.capsules.endAt(ann, id, end);
    first.kill();
    until("the end has passed", () -> Instant.now().isAfter(end));
    assertTrue(host.capsules.containsKey(id));
    try (TestPlatform second = new TestPlatform(directory, host)) {
      until("it has stopped", () -> second.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
      assertEquals("lifetime ended", second.capsules.get(ann, id).reason().orElseThrow().message());
    }
  }

  @Test
  void keepsTheWishForAHostThatCannotNow() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(CapsuleOptions.DEFAULT, Duration.ofHours(1)), UNNAMED).id();
      host.onDestroy = new HostException(HostException.Code.FAILED, "network", "busy");
      platform.capsules.endAt(ann, id, Instant.now().plusMillis(100));
      until("it is to be ended", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.STOPPING);
      host.onDestroy = null;
      until("it has stopped", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
      assertEquals("lifetime ended", platform.capsules.get(ann, id).reason().orElseThrow().message());
    }
  }
}
