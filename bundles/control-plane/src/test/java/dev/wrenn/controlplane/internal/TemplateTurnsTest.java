package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls at the same time for templates of one name. */
class TemplateTurnsTest {
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();
  private final AtomicInteger saves = new AtomicInteger();
  private final CountDownLatch goOn = new CountDownLatch(1);

  @BeforeEach
  void holdTheFirstSave() {
    host.inTemplate = () -> {
      if (saves.incrementAndGet() == 1) {
        try {
          assertTrue(goOn.await(1, TimeUnit.MINUTES));
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    };
  }

  @Test
  void ofSavesWithoutOverwriteOneWinsAndNoOtherTouchesItsContent() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, TestPlatform.with(CapsuleOptions.DEFAULT, null), Optional.empty()).id();
      List<Future<Template>> calls = start(threads, platform, ann, id, false);
      int won = 0;
      for (Future<Template> call : calls) {
        try {
          call.get(1, TimeUnit.MINUTES);
          won++;
        } catch (ExecutionException e) {
          assertEquals(Code.TEMPLATE_NAME_TAKEN, ((PlatformException) e.getCause()).code(), e.getCause().getMessage());
        }
      }
      assertEquals(1, won);
      assertEquals(1, saves.get());
    }
  }

  @Test
  void overwritesFollowEachOtherAndADeletionComesAfterTheSave() throws Exception {
    try (TestPlatform platform = new TestPlatform(directory, host); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Caller ann = platform.team();
      String id = platform.capsules.create(ann, TestPlatform.with(CapsuleOptions.DEFAULT, null), Optional.empty()).id();
      for (Future<Template> call : start(threads, platform, ann, id, true)) {
        assertEquals("mine", call.get(1, TimeUnit.MINUTES).name());
      }
      assertEquals(4, saves.get());
      platform.capsules.deleteTemplate(ann, "mine");
      refused(Code.NOT_FOUND, () -> platform.capsules.deleteTemplate(ann, "mine"));
      assertTrue(host.templates.isEmpty());
    }
  }

  /** Four; the first one is at it when the others come. */
  private List<Future<Template>> start(ExecutorService threads, TestPlatform platform, Caller ann, String id, boolean overwrite) throws Exception {
    List<Future<Template>> calls = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      calls.add(threads.submit(() -> platform.capsules.snapshot(ann, id, Optional.of("mine"), overwrite)));
      until("the first one is being saved", () -> saves.get() >= 1);
    }
    goOn.countDown();
    return calls;
  }
}
