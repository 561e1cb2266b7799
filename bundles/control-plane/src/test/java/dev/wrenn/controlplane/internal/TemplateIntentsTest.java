package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.PlatformException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A template that its host has, and that no row knows, is found again and removed. */
class TemplateIntentsTest {
  @TempDir Path directory;

  @Test
  void aSaveThatAKillCutsLeavesNothing() throws Exception {
    FakeHost host = new FakeHost();
    Caller ann;
    TestPlatform first = new TestPlatform(directory, host);
    ann = first.team();
    String id = first.capsules.create(ann, TestPlatform.with(CapsuleOptions.DEFAULT, null), Optional.empty()).id();
    first.capsules.snapshot(ann, id, Optional.of("kept"), false);
    assertEquals(1, host.templates.size());
    Set<String> kept = Set.copyOf(host.templates);
    host.inTemplate = () -> {
      try {
        first.kill();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    };
    assertThrows(PlatformException.class, () -> first.capsules.snapshot(ann, id, Optional.of("cut"), false));
    assertEquals(2, host.templates.size());
    host.inTemplate = () -> { };
    try (TestPlatform next = new TestPlatform(directory, host)) {
      until("what was half saved is gone", () -> host.templates.equals(kept));
      until("nothing is noted any more", () -> next.store().templates().intents().isEmpty());
      assertEquals(List.of("kept"), next.capsules.templates(ann).stream().filter(t -> !t.platform()).map(t -> t.name()).toList());
      next.capsules.snapshot(ann, id, Optional.of("cut"), false);
      assertEquals(2, host.templates.size());
    }
  }
}
