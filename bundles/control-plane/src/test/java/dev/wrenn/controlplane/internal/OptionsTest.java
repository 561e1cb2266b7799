package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleService.StateChange;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a capsule beside its size, and what became of it. */
class OptionsTest {
  private static final Optional<String> UNNAMED = Optional.empty();
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();
  private TestPlatform platform;
  private Caller ann;

  @BeforeEach
  void start() throws Exception {
    platform = new TestPlatform(directory, host);
    ann = platform.team();
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
  }

  private static CapsuleOptions labels(Map<String, String> labels) {
    return new CapsuleOptions(labels, Map.of(), true, true, true);
  }

  private static CapsuleOptions env(Map<String, String> env) {
    return new CapsuleOptions(Map.of(), env, true, true, true);
  }

  @Test
  void handsVariablesToTheGuestAndKeepsNone() throws Exception {
    CapsuleOptions asked = new CapsuleOptions(Map.of("job", "7"), Map.of("TOKEN", "hunter2"), false, false, false);
    Capsule made = platform.capsules.create(ann, with(asked, null), UNNAMED);
    CapsuleOrder order = host.capsules.get(made.id()).order();
    assertEquals("hunter2", order.env().get("TOKEN"));
    assertEquals(made.id(), order.env().get("WRENN_SANDBOX_ID"));
    assertEquals(made.id().replace("-", ""), order.env().get("E2B_SANDBOX_ID"));
    assertEquals("true", order.env().get("E2B_SANDBOX"));
    assertEquals("minimal", order.env().get("E2B_TEMPLATE_ID"));
    assertEquals("root", order.defaultUser());
    assertFalse(order.egress());
    assertEquals(asked.withoutEnv(), made.options());
    assertEquals(asked.withoutEnv(), platform.capsules.list(ann, false).getFirst().options());
    CapsuleOptions other = new CapsuleOptions(Map.of(), Map.of("E2B_SANDBOX_ID", "mine"), true, true, true, Optional.of("user"));
    CapsuleOrder own = host.capsules.get(platform.capsules.create(ann, with(other, null), UNNAMED).id()).order();
    assertEquals("user", own.defaultUser());
    assertEquals("mine", own.env().get("E2B_SANDBOX_ID"));
    Capsule plain = platform.capsules.create(ann, DEFAULTS, UNNAMED);
    assertEquals(CapsuleOptions.DEFAULT, plain.options());
    assertTrue(host.capsules.get(plain.id()).order().egress());
  }

  @Test
  void boundsWhatIsSaid() throws Exception {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 65; i++) {
      many.put("k" + i, "");
    }
    for (CapsuleOptions bad : List.of(labels(many), labels(Map.of("", "x")), labels(Map.of("k".repeat(257), "x")), labels(Map.of("k", "x".repeat(32_768))),
        labels(Map.of("k", "\0")), env(Map.of("A=B", "x")), env(Map.of("A", "x\0")), env(Map.of("A", "x".repeat(131_072))))) {
      refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, with(bad, null), UNNAMED));
    }
    for (Duration bad : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(4000))) {
      refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, with(CapsuleOptions.DEFAULT, bad), UNNAMED));
    }
    refused(Code.INVALID_REQUEST, () -> platform.capsules.create(ann, new NewCapsule(Optional.empty(), Optional.empty(), Optional.empty(),
        Optional.of(86_401), Optional.empty()), UNNAMED));
    assertEquals(List.of(), platform.capsules.list(ann, true));
  }

  @Test
  void takesARequestForAnotherWhenItsOptionsDiffer() throws Exception {
    Optional<String> name = Optional.of("once");
    CapsuleOptions options = new CapsuleOptions(Map.of("a", "b"), Map.of("C", "d"), true, true, true);
    String id = platform.capsules.create(ann, with(options, Duration.ofHours(1)), name).id();
    assertEquals(id, platform.capsules.create(ann, with(options, Duration.ofHours(1)), name).id());
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, with(options, Duration.ofHours(2)), name));
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, with(options, null), name));
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, with(labels(Map.of("a", "b")), Duration.ofHours(1)), name));
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, with(new CapsuleOptions(Map.of("a", "b"), Map.of("C", "e"), true, true, true),
        Duration.ofHours(1)), name));
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, with(new CapsuleOptions(Map.of("a", "b"), Map.of("C", "d"), true, true, true,
        Optional.of("user")), Duration.ofHours(1)), name));
    refused(Code.CONFLICT, () -> platform.capsules.create(ann, DEFAULTS, name));
  }

  @Test
  void keepsTheHashesOfPlainRequests() {
    // As versions before options wrote it.
    assertEquals(PlatformSecret.sha256("1\nminimal\n1\n512\n5120\n0"), RequestHash.of(
        new dev.wrenn.persistence.CapsuleRecord.Spec("minimal", 1, 512, 5120, 0), Making.Beside.NOTHING, new PlatformSecret(new byte[32])));
  }

  @Test
  void tellsWhatBecameOfACapsule() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    host.ends(id, HostedCapsule.State.ERROR, "the hypervisor died");
    TestPlatform.until("it is known", () -> platform.capsules.get(ann, id).status() == CapsuleStatus.ERROR);
    platform.capsules.destroy(ann, id);
    List<StateChange> history = platform.capsules.history(ann, id);
    assertEquals(List.of(CapsuleStatus.PENDING, CapsuleStatus.STARTING, CapsuleStatus.RUNNING, CapsuleStatus.ERROR, CapsuleStatus.STOPPING, CapsuleStatus.STOPPED),
        history.stream().map(StateChange::status).toList());
    assertEquals(List.of("schedule", "boot"), history.get(2).steps().stream().map(Capsule.Step::name).toList());
    assertEquals(Optional.of(new Capsule.Reason("running", "the hypervisor died")), history.get(3).reason());
    assertEquals(history.stream().map(StateChange::at).sorted().toList(), history.stream().map(StateChange::at).toList());
    refused(Code.NOT_FOUND, () -> platform.capsules.history(platform.team(), id));
  }

  @Test
  void showsTheConsoleOfACapsule() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    assertArrayEquals("ted".getBytes(StandardCharsets.UTF_8), platform.capsules.console(ann, id, 3));
    refused(Code.INVALID_REQUEST, () -> platform.capsules.console(ann, id, 0));
    refused(Code.NOT_FOUND, () -> platform.capsules.console(platform.team(), id, 3));
    platform.capsules.destroy(ann, id);
    refused(Code.NOT_FOUND, () -> platform.capsules.console(ann, id, 3));
    host.beforeCreate = order -> {
      throw new HostException(HostException.Code.FAILED, "boot", "panic");
    };
    refused(Code.AGENT_ERROR, () -> platform.capsules.create(ann, DEFAULTS, UNNAMED));
    refused(Code.NOT_FOUND, () -> platform.capsules.console(ann, platform.capsules.list(ann, true).getFirst().id(), 3));
  }

  @Test
  void forgetsWhatEndedLongAgo() throws Exception {
    String kept = platform.capsules.create(ann, DEFAULTS, UNNAMED).id();
    String old = platform.capsules.create(ann, DEFAULTS, Optional.of("named")).id();
    platform.capsules.destroy(ann, old);
    java.time.Instant later = java.time.Instant.now().plus(Duration.ofDays(31));
    assertEquals(0, platform.housekeeping.sweep(later.minus(Duration.ofDays(2))));
    assertEquals(1, platform.housekeeping.sweep(later));
    refused(Code.NOT_FOUND, () -> platform.capsules.get(ann, old));
    assertEquals(Optional.empty(), platform.store().capsules().find(WireId.CAPSULE.parse(old).orElseThrow()));
    assertEquals(CapsuleStatus.RUNNING, platform.capsules.get(ann, kept).status());
  }
}
