package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandsTest {
  private final TestPlatform platform = new TestPlatform();

  private <T extends CapsuleCommand> T ready(T command) {
    command.signIn = platform;
    command.service = platform;
    return command;
  }

  private <T extends HostCommand> T ready(T command) {
    command.signIn = platform;
    command.service = platform;
    return command;
  }

  private void has(String id, CapsuleStatus status) {
    platform.capsules.put(id, TestPlatform.capsule(id, status, status == CapsuleStatus.ERROR
        ? Optional.of(new Capsule.Reason("boot", "It did not\n  start.")) : Optional.empty()));
  }

  @Test
  void createPassesOnWhatWasSaidAndNothingElse() throws Exception {
    CreateCommand create = ready(new CreateCommand());
    create.vcpus = 2;
    assertEquals("cl-new\n", Captured.output(create));
    assertEquals(new NewCapsule(Optional.empty(), Optional.of(2), Optional.empty(), Optional.empty(), Optional.empty()), platform.asked);
  }

  @Test
  void createSaysWhatBecomesOfItWhenItsTimeIsOver() throws Exception {
    CreateCommand create = ready(new CreateCommand());
    create.lifetimeSec = 60;
    create.onEnd = "pause";
    create.onIdle = "end";
    create.wake = true;
    Captured.output(create);
    assertEquals(CapsuleOptions.DEFAULT.over(Then.PAUSE, Then.END, true), platform.asked.options());
    assertEquals(Optional.of(Duration.ofSeconds(60)), platform.asked.lifetime());
    create.onEnd = "sleep";
    assertTrue(Captured.error(create).contains("--on-end is pause or end, not 'sleep'"));
  }

  @Test
  void createShowsItsStepsAsBars() throws Exception {
    CreateCommand create = ready(new CreateCommand());
    create.steps = true;
    assertEquals(List.of("cl-new", "  boot      200.0 ms " + "#".repeat(20), "  agent     400.3 ms " + "#".repeat(40)),
        Captured.output(create).lines().toList());
  }

  @Test
  void aServiceThatIsMissingIsAPlatformThatStarts() {
    CreateCommand create = new CreateCommand();
    assertTrue(Captured.error(create).startsWith("Error: The platform is starting"));
    create.signIn = platform;
    assertTrue(Captured.error(create).startsWith("Error: The platform is starting"));
  }

  @Test
  void listIsPlainForPrograms() throws Exception {
    has("cl-1", CapsuleStatus.RUNNING);
    has("cl-2", CapsuleStatus.ERROR);
    ListCommand list = ready(new ListCommand());
    list.noFormat = true;
    assertTrue(Captured.output(list).startsWith("cl-1\trunning\tminimal\t2\t512\t5120\t1m 30s\thost-1\t"));
    assertEquals(1, Captured.output(list).lines().count());
    list.all = true;
    List<String> lines = Captured.output(list).lines().toList();
    assertEquals(2, lines.size());
    assertTrue(lines.get(1).endsWith("\tboot: It did not start."), lines.get(1));
  }

  @Test
  void anEmptyListSaysWhatToDo() throws Exception {
    assertTrue(Captured.output(ready(new ListCommand())).contains("capsule:create"));
    ListCommand plain = ready(new ListCommand());
    plain.noFormat = true;
    assertEquals("", Captured.output(plain));
  }

  @Test
  void infoTellsReasonFactsAndSteps() throws Exception {
    has("cl-2", CapsuleStatus.ERROR);
    InfoCommand info = ready(new InfoCommand());
    info.id = "cl-2";
    List<String> lines = Captured.output(info).lines().toList();
    assertTrue(lines.contains("reason       boot: It did not start."), lines.toString());
    assertTrue(lines.contains("hypervisor   qemu"), lines.toString());
    assertTrue(lines.contains("memory       512 MB"), lines.toString());
    assertTrue(lines.contains("memory from  paged"), lines.toString());
    assertTrue(lines.contains("idle limit   1m 30s"), lines.toString());
    assertTrue(lines.getLast().startsWith("  agent"), lines.toString());
    assertFalse(lines.stream().anyMatch(line -> line.startsWith("address")), "an absent value is shown");
  }

  @Test
  void infoOfAnUnknownCapsuleIsOneLine() {
    InfoCommand info = ready(new InfoCommand());
    info.id = "cl-9";
    assertEquals("Error: Capsule cl-9 was not found.", Captured.error(info));
  }

  @Test
  void destroyGoesOnAfterAFailureAndFailsAtTheEnd() {
    has("cl-1", CapsuleStatus.RUNNING);
    has("cl-3", CapsuleStatus.RUNNING);
    DestroyCommand destroy = ready(new DestroyCommand());
    destroy.ids = List.of("cl-1", "cl-9", "cl-3");
    assertEquals("Error: Capsule cl-9 was not found.", Captured.error(destroy));
    assertTrue(platform.capsules.values().stream().allMatch(capsule -> capsule.status() == CapsuleStatus.STOPPED));
  }

  @Test
  void driversAreListedWithWhatTheProbeFound() throws Exception {
    platform.drivers.add(TestPlatform.driver("host-1", "storage", "file", Optional.empty()));
    DriverListCommand list = ready(new DriverListCommand());
    list.noFormat = true;
    assertEquals("host-1\tstorage\tfile\t1.0\tyes\tnot probed\t4\tworks well\n", Captured.output(list));
  }

  @Test
  void probeFindsTheHostByItself() throws Exception {
    platform.drivers.add(TestPlatform.driver("host-1", "storage", "file", Optional.of(true)));
    assertTrue(Captured.output(probe("file")).lines().toList().contains("host      host-1"));
  }

  @Test
  void probeFailsWhenTheDriverIsNotUsable() {
    platform.drivers.add(TestPlatform.driver("host-1", "storage", "file", Optional.of(false)));
    assertTrue(Captured.error(probe("file")).startsWith("Error: Driver storage file is not usable on host-1: works"));
  }

  @Test
  void probeOfAnUnknownDriverNamesThoseThatAreThere() {
    platform.drivers.add(TestPlatform.driver("host-1", "network", "tap", Optional.of(true)));
    assertEquals("Error: No host has a storage driver file; there are: network tap", Captured.error(probe("file")));
  }

  @Test
  void probeAsksWhichOfSeveralHosts() throws Exception {
    platform.drivers.add(TestPlatform.driver("host-1", "storage", "file", Optional.of(true)));
    platform.drivers.add(TestPlatform.driver("host-2", "storage", "file", Optional.of(true)));
    assertTrue(Captured.error(probe("file")).endsWith("--host, one of host-1, host-2"));
    DriverProbeCommand exact = probe("file");
    exact.host = "host-2";
    assertTrue(Captured.output(exact).contains("host-2"));
  }

  private DriverProbeCommand probe(String name) {
    DriverProbeCommand probe = ready(new DriverProbeCommand());
    probe.kind = "storage";
    probe.name = name;
    return probe;
  }

  @Test
  void hostInfoSaysHowFullItIsAndWhyItTakesNothing() throws Exception {
    List<String> lines = Captured.output(ready(new HostInfoCommand())).lines().toList();
    assertTrue(lines.contains("takes capsules  no"), lines.toString());
    assertTrue(lines.contains("memory          250 of 1000 MiB (25%)"), lines.toString());
    assertTrue(lines.contains("disk            0 of 0 MiB"), lines.toString());
    assertTrue(lines.contains("problem 1       The disk is full."), lines.toString());
    HostInfoCommand other = ready(new HostInfoCommand());
    other.id = "host-7";
    assertEquals("Error: Host host-7 is not connected; there are: host-1", Captured.error(other));
  }

  @Test
  void keyCreatePrintsTheSecretAlone() throws Exception {
    KeyCreateCommand create = new KeyCreateCommand();
    create.signIn = platform;
    create.keys = platform;
    create.name = "ci";
    assertEquals("wrn_secret\n", Captured.output(create));
    assertEquals(Optional.of("ci"), platform.keyName);
  }

  @Test
  void spansHaveTwoUnits() {
    assertEquals("0s", Listing.span(0));
    assertEquals("59s", Listing.span(59));
    assertEquals("3m", Listing.span(180));
    assertEquals("1h 1m", Listing.span(3661));
    assertEquals("2d 4h", Listing.span(2 * 86400 + 4 * 3600 + 59));
  }
}
