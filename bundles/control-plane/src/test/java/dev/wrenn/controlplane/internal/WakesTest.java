package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static dev.wrenn.controlplane.internal.TestPlatform.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.metrics.MetricPoint.Tier;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService.StateChange;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WakesTest {
  private static final Optional<String> UNNAMED = Optional.empty();
  private static final CapsuleOptions WAKES = CapsuleOptions.DEFAULT.over(Then.PAUSE, Then.PAUSE, true);
  private static final int MANY = 20;
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();

  @Test
  void aUseWakesWhatAsksForIt() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      List<Callable<?>> uses = List.of(() -> platform.capsules.processes(ann, id), () -> platform.capsules.files(ann, id),
          () -> platform.ports.open(id, 8080, Optional.empty()));
      host.listening.add(8080);
      for (Callable<?> use : uses) {
        platform.capsules.pause(ann, id);
        int before = host.resumes.get();
        use.call();
        assertEquals(before + 1, host.resumes.get());
        assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, id).status());
      }
    }
  }

  @Test
  void lookingAtItWakesNothing() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      platform.capsules.pause(ann, id);
      platform.capsules.get(ann, id);
      platform.capsules.list(ann, true);
      platform.capsules.history(ann, id);
      platform.capsules.console(ann, id, 10);
      platform.metrics.capsule(ann, id, "1h");
      platform.metrics.latest(ann);
      platform.ports.tokens(ann, id);
      platform.ports.ports(ann, id);
      refused(Code.INVALID_STATE, () -> platform.capsules.ping(ann, id));
      refused(Code.INVALID_STATE, () -> platform.ports.openAgent(id));
      assertEquals(0, host.resumes.get());
      assertEquals(CapsuleStatus.PAUSED, platform.capsules.get(ann, id).status());
    }
  }

  @Test
  void withoutTheWishAUseIsRefusedAndSaysWhatToDo() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
      platform.capsules.pause(ann, id);
      PlatformException told = refused(Code.INVALID_STATE, () -> platform.capsules.processes(ann, id));
      assertEquals("Capsule " + id + " is paused: resume it first.", told.getMessage());
      refused(Code.INVALID_STATE, () -> platform.ports.open(id, 8080, Optional.empty()));
      refused(Code.INVALID_STATE, () -> platform.ports.openAgent(id, token -> true));
      platform.capsules.resume(ann, id, false);
      // Its host pauses it and the row does not know yet.
      host.pausing(id);
      refused(Code.INVALID_STATE, () -> platform.capsules.processes(ann, id));
      assertEquals(1, host.resumes.get());
    }
  }

  @Test
  void nobodyWakesWhatHeMayNotUse() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      CapsuleOptions closed = new CapsuleOptions(Map.of(), Map.of(), true, false, true).over(Then.END, Then.PAUSE, true);
      String id = platform.capsules.create(ann, with(closed, null), UNNAMED).id();
      String token = platform.ports.tokens(ann, id).port();
      host.listening.add(80);
      platform.capsules.pause(ann, id);
      refused(Code.FORBIDDEN, () -> platform.ports.open(id, 80, Optional.of("x")));
      refused(Code.INVALID_STATE, () -> platform.ports.openAgent(id, shown -> shown.equals("x")));
      refused(Code.NOT_FOUND, () -> platform.capsules.files(platform.team(), id));
      assertEquals(0, host.resumes.get());
      platform.ports.open(id, 80, Optional.of(token));
      assertEquals(1, host.resumes.get());
      host.pausesByItself(id);
      refused(Code.INVALID_STATE, () -> platform.ports.openAgent(id, shown -> shown.equals("x")));
      assertEquals(1, host.resumes.get());
      assertEquals(Optional.of(id), platform.ports.byAccessToken(("access-" + id)::equals));
      assertEquals(Optional.empty(), platform.ports.openAgent(id, ("access-" + id)::equals).token());
      assertEquals(2, host.resumes.get());
      String open = platform.capsules.create(ann, with(new CapsuleOptions(Map.of(), Map.of(), true, true, false).over(Then.END, Then.PAUSE, true), null),
          UNNAMED).id();
      platform.capsules.pause(ann, open);
      assertEquals(Optional.of("access-" + open), platform.ports.openAgent(open, shown -> false).token());
    }
  }

  @Test
  void manyAtOnceAreOneResumeAndAllWaitForIt() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      platform.capsules.pause(ann, id);
      CountDownLatch go = new CountDownLatch(1);
      host.beforeResume = order -> hold(go);
      List<Future<?>> uses = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        uses.add(threads.submit(() -> platform.capsules.processes(ann, id)));
      }
      until("the resume has begun", () -> host.resumes.get() == 1);
      assertEquals(CapsuleStatus.RESUMING, platform.capsules.get(ann, id).status());
      assertTrue(uses.stream().noneMatch(Future::isDone));
      go.countDown();
      for (Future<?> use : uses) {
        use.get();
      }
      assertEquals(1, host.resumes.get());
      assertEquals(List.of(CapsuleStatus.RUNNING, CapsuleStatus.PAUSING, CapsuleStatus.PAUSED, CapsuleStatus.RESUMING, CapsuleStatus.RUNNING),
          platform.capsules.history(ann, id).stream().map(StateChange::status).skip(2).toList());
    }
  }

  @Test
  void whoIsToldThatACapsuleIsPausedMayResumeItThoughItsPauseIsUnderWay() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      CountDownLatch go = new CountDownLatch(1);
      Future<Capsule> pause = pausing(platform, threads, ann, id, go);
      Future<Capsule> resume = waiting(threads, () -> platform.capsules.resume(ann, id, false));
      go.countDown();
      assertEquals(CapsuleStatus.PAUSED, pause.get().status());
      assertEquals(CapsuleStatus.RUNNING, resume.get().status());
    }
  }

  @Test
  void oneThatIsBeingPausedIsWokenAfterThat() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      CountDownLatch go = new CountDownLatch(1);
      Future<Capsule> pause = pausing(platform, threads, ann, id, go);
      Future<?> use = waiting(threads, () -> platform.capsules.processes(ann, id));
      assertEquals(0, host.resumes.get());
      go.countDown();
      assertEquals(CapsuleStatus.PAUSED, pause.get().status());
      use.get();
      assertEquals(1, host.resumes.get());
      assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, id).status());
      // The same when its host does it.
      host.pausing(id);
      Future<?> next = waiting(threads, () -> platform.capsules.processes(ann, id));
      host.pausesByItself(id);
      next.get();
      assertEquals(2, host.resumes.get());
      until("it runs", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.RUNNING);
    }
  }

  @Test
  void whatWasToldOfAPauseThatIsOverChangesNothing() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      host.pausesByItself(id);
      HostedCapsule paused = host.find(id).orElseThrow();
      platform.capsules.processes(ann, id);
      assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, id).status());
      String other = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      host.tell(paused);
      // What is told is worked off in its order.
      host.pausesByItself(other);
      until("the later one is known", () -> platform.capsules.get(ann, other).status() == CapsuleStatus.PAUSED);
      assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, id).status());
    }
  }

  @Test
  void whoWaitsTooLongIsToldAndTheResumeGoesOn() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host, new TestPlatform.Config(90, 1, 1))) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      platform.capsules.pause(ann, id);
      CountDownLatch go = new CountDownLatch(1);
      host.beforeResume = order -> hold(go);
      assertTrue(refused(Code.UNAVAILABLE, () -> platform.capsules.processes(ann, id)).getMessage().contains("try again"));
      go.countDown();
      until("it runs", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.RUNNING);
      assertEquals(1, host.resumes.get());
    }
  }

  @Test
  void aFailureIsToldAndLeavesItPaused() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      platform.capsules.pause(ann, id);
      host.beforeResume = order -> {
        throw new HostException(HostException.Code.FAILED, "restore", "no luck");
      };
      assertTrue(refused(Code.UNAVAILABLE, () -> platform.capsules.processes(ann, id)).getMessage().contains("no luck"));
      assertEquals(CapsuleStatus.PAUSED, platform.capsules.get(ann, id).status());
      host.beforeResume = order -> { };
      platform.capsules.processes(ann, id);
    }
  }

  @Test
  void aResumeGivesTimeAnew() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, Duration.ofHours(1)), UNNAMED).id();
      platform.capsules.endAt(ann, id, Instant.now().plusSeconds(60));
      platform.capsules.pause(ann, id);
      platform.capsules.processes(ann, id);
      assertEnds(platform, ann, id, Duration.ofHours(1), "what it was made with");
      platform.capsules.endAt(ann, id, Instant.now().plus(Duration.ofHours(5)));
      platform.capsules.pause(ann, id);
      platform.capsules.processes(ann, id);
      assertEnds(platform, ann, id, Duration.ofHours(5), "what was left");
      platform.capsules.pause(ann, id);
      platform.capsules.endAt(ann, id, Instant.now().plus(Duration.ofMinutes(2)));
      platform.capsules.resume(ann, id, false);
      assertEnds(platform, ann, id, Duration.ofMinutes(2), "what was said while it was paused");
      platform.capsules.pause(ann, id);
      platform.capsules.resume(ann, id, false, Duration.ofMinutes(3));
      assertEnds(platform, ann, id, Duration.ofMinutes(3), "what was asked for");
      String brief = platform.capsules.create(ann, with(WAKES, Duration.ofMinutes(1)), UNNAMED).id();
      platform.capsules.pause(ann, brief);
      platform.capsules.processes(ann, brief);
      assertEnds(platform, ann, brief, Duration.ofMinutes(5), "enough to do something");
      String endless = platform.capsules.create(ann, with(WAKES, null), UNNAMED).id();
      platform.capsules.pause(ann, endless);
      platform.capsules.processes(ann, endless);
      assertEquals(Optional.empty(), platform.capsules.get(ann, endless).endAt());
    }
  }

  @Test
  void itsEndPausesWhatAsksForIt() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, Duration.ofMillis(200)), UNNAMED).id();
      until("it is paused", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.PAUSED);
      assertEquals(1, host.pauses.get());
      platform.capsules.processes(ann, id);
      assertEnds(platform, ann, id, Duration.ofMinutes(5), "time anew");
      assertEquals(CapsuleStatus.PAUSED, platform.capsules.endAt(ann, id, Instant.now()).status());
      String other = platform.capsules.create(ann, with(CapsuleOptions.DEFAULT.over(Then.PAUSE, Then.END, false), Duration.ofHours(1)), UNNAMED).id();
      assertTrue(host.capsules.get(other).order().endsIdle());
      assertFalse(host.capsules.get(id).order().endsIdle());
    }
  }

  @Test
  void whatCannotBePausedAtItsEndIsEndedAndWhatCanBeLaterRunsOn() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, with(WAKES, Duration.ofHours(1)), UNNAMED).id();
      host.beforePause = order -> {
        throw new HostException(HostException.Code.FAILED, "save", "no room just now");
      };
      // Another attempt may be under way at that moment.
      assertFalse(platform.capsules.endAt(ann, id, Instant.now()).status().ended());
      host.beforePause = order -> {
        throw new HostException(HostException.Code.INVALID, "save", "this machine can't be saved");
      };
      until("it has ended", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.STOPPED);
      assertTrue(platform.capsules.get(ann, id).reason().orElseThrow().message().contains("can't be saved"));
    }
  }

  @Test
  void aPauseOfTheHostsKeepsWhatWasMeasured() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host)) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
      host.points.put(Tier.SECONDS, List.of(FakeHost.point(Instant.now().minusSeconds(5))));
      host.pausesByItself(id);
      until("the row follows", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.PAUSED);
      host.points.clear();
      assertEquals(1, platform.metrics.capsule(ann, id, "5m").size());
    }
  }

  /** A pause that has begun and is held until then. */
  private Future<Capsule> pausing(TestPlatform platform, ExecutorService threads, Caller ann, String id, CountDownLatch go) throws Exception {
    host.beforePause = order -> hold(go);
    Future<Capsule> pause = threads.submit(() -> platform.capsules.pause(ann, id));
    until("the pause has begun", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.PAUSING);
    return pause;
  }

  /** That call, once it waits for something. */
  private static <T> Future<T> waiting(ExecutorService threads, Callable<T> call) throws Exception {
    CompletableFuture<Thread> caller = new CompletableFuture<>();
    Future<T> answer = threads.submit(() -> {
      caller.complete(Thread.currentThread());
      return call.call();
    });
    until("the call waits", () -> !answer.isDone() && caller.get().getState() == Thread.State.TIMED_WAITING);
    return answer;
  }

  private static void assertEnds(TestPlatform platform, Caller ann, String id, Duration left, String why) throws Exception {
    Duration shown = Duration.between(Instant.now(), platform.capsules.get(ann, id).endAt().orElseThrow());
    assertTrue(shown.compareTo(left) <= 0 && shown.plusSeconds(55).compareTo(left) > 0, why + ": " + shown);
  }

  private static void hold(CountDownLatch go) throws HostException {
    try {
      go.await();
    } catch (InterruptedException e) {
      throw new HostException(HostException.Code.UNAVAILABLE, "test", "interrupted", e);
    }
  }
}
