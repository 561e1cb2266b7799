package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.admin;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitsUseCasesTest {
  private static final Optional<String> UNNAMED = Optional.empty();
  private static final TeamLimits PLATFORM = new TeamLimits(32, 65_536, 102_400, 86_400, 100, 400, 1_000_000);
  @TempDir Path directory;
  private TestPlatform platform;
  private Caller ann;

  @BeforeEach
  void start() throws Exception {
    platform = new TestPlatform(directory, new FakeHost());
    ann = platform.team();
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
  }

  private void limit(int running, int vcpus, long memory) throws PlatformException {
    platform.limits.set(admin(ann), ann.teamId(), new TeamLimits(4, 4096, 1000, 60, running, vcpus, memory));
  }

  private static NewCapsule sized(int vcpus, int memory) {
    return new NewCapsule(Optional.empty(), Optional.of(vcpus), Optional.of(memory), Optional.empty(), Optional.empty());
  }

  @Test
  void areThePlatformsUntilAnAdminSetsOthers() throws Exception {
    assertEquals(PLATFORM, platform.limits.limits(ann, ann.teamId()));
    TeamLimits other = new TeamLimits(64, 256, 10, 0, 0, 0, 0);
    assertEquals(other, platform.limits.set(admin(ann), ann.teamId(), other));
    assertEquals(other, platform.limits.limits(ann, ann.teamId()));
    Caller bob = platform.team();
    refused(Code.FORBIDDEN, () -> platform.limits.limits(bob, ann.teamId()));
    refused(Code.FORBIDDEN, () -> platform.limits.set(ann, ann.teamId(), PLATFORM));
    assertEquals(other, platform.limits.limits(admin(bob), ann.teamId()));
    for (String unknown : List.of(WireId.TEAM.format(UUID.randomUUID()), "nonsense")) {
      refused(Code.NOT_FOUND, () -> platform.limits.limits(admin(bob), unknown));
      refused(Code.NOT_FOUND, () -> platform.limits.set(admin(bob), unknown, PLATFORM));
    }
    for (TeamLimits bad : List.of(new TeamLimits(0, 256, 10, 0, 0, 0, 0), new TeamLimits(1, 127, 10, 0, 0, 0, 0), new TeamLimits(1, 256, 0, 0, 0, 0, 0),
        new TeamLimits(1, 256, 10, -1, 0, 0, 0), new TeamLimits(1, 256, 10, 0, -1, 0, 0), new TeamLimits(1, 256, 10, 0, 0, -1, 0),
        new TeamLimits(1, 256, 10, 0, 0, 0, -1))) {
      refused(Code.INVALID_REQUEST, () -> platform.limits.set(admin(ann), ann.teamId(), bad));
    }
  }

  @Test
  void bindOneCapsule() throws Exception {
    limit(10, 100, 100_000);
    assertTrue(refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, sized(5, 512), UNNAMED)).getMessage().contains("between 1 and 4"));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, sized(1, 4097), UNNAMED));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, new NewCapsule(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
        Optional.of(1001)), UNNAMED));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, new NewCapsule(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(61),
        Optional.empty()), UNNAMED));
    // Whoever asks for no size of the disk gets what the team may have.
    assertEquals(1000, platform.capsules.create(ann, sized(4, 4096), UNNAMED).diskMb());
  }

  @Test
  void bindAllCapsulesOfATeamAndSayWhich() throws Exception {
    limit(2, 5, 3000);
    String first = platform.capsules.create(ann, sized(2, 1000), UNNAMED).id();
    assertTrue(refused(Code.QUOTA_EXCEEDED, () -> platform.capsules.create(ann, sized(4, 1000), UNNAMED)).getMessage()
        .contains("5 vCPUs in all its capsules and has 2; 4 more were asked for"));
    assertTrue(refused(Code.QUOTA_EXCEEDED, () -> platform.capsules.create(ann, sized(1, 2001), UNNAMED)).getMessage()
        .contains("3000 MB of memory in all its capsules and has 1000; 2001 more"));
    platform.capsules.create(ann, sized(3, 2000), UNNAMED);
    assertTrue(refused(Code.QUOTA_EXCEEDED, () -> platform.capsules.create(ann, sized(1, 128), UNNAMED)).getMessage()
        .contains("2 capsules at once and has 2. End some capsules"));
    assertEquals(2, platform.capsules.list(ann, true).size());
    platform.capsules.create(platform.team(), DEFAULTS, UNNAMED);
    platform.capsules.destroy(ann, first);
    platform.capsules.create(ann, sized(1, 128), UNNAMED);
  }

  @Test
  void bindWhatIsResumed() throws Exception {
    limit(1, 100, 100_000);
    String first = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    platform.capsules.pause(ann, first);
    String second = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    assertTrue(refused(Code.QUOTA_EXCEEDED, () -> platform.capsules.resume(ann, first, false)).getMessage()
        .contains(first + " stays paused: This team may have 1 capsules at once and has 1."));
    assertEquals(CapsuleStatus.PAUSED, platform.capsules.get(ann, first).status());
    assertEquals(second, platform.capsules.resume(ann, second, false).id(), "one that runs takes no more");
    platform.capsules.destroy(ann, second);
    assertEquals(CapsuleStatus.RUNNING, platform.capsules.resume(ann, first, false).status());
  }

  @Test
  void letNoTwoTakeTheLastPlace() throws Exception {
    limit(5, 100, 100_000);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Capsule>> all = threads.invokeAll(Collections.nCopies(20, () -> platform.capsules.create(ann, DEFAULTS, UNNAMED)));
      assertEquals(5, all.stream().filter(one -> one.state() == Future.State.SUCCESS).count());
      for (Future<Capsule> one : all) {
        if (one.state() == Future.State.FAILED) {
          assertEquals(Code.QUOTA_EXCEEDED, ((PlatformException) one.exceptionNow()).code());
        }
      }
    }
  }

  @Test
  void areNoMatterForARequestThatIsRepeated() throws Exception {
    limit(1, 100, 100_000);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Capsule>> all = threads.invokeAll(Collections.nCopies(10, () -> platform.capsules.create(ann, DEFAULTS, Optional.of("once"))));
      assertEquals(1, all.stream().map(Future::resultNow).map(Capsule::id).distinct().count());
    }
    refused(Code.QUOTA_EXCEEDED, () -> platform.capsules.create(ann, DEFAULTS, Optional.of("twice")));
  }
}
