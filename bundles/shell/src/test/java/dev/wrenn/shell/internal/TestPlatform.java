package dev.wrenn.shell.internal;

import dev.wrenn.files.Files;
import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import dev.wrenn.process.Processes;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A platform in the test: capsules are records in a map, and only the operator gets in. */
final class TestPlatform implements CapsuleService, HostService, ApiKeyService, SignIn {
  static final Caller OPERATOR = new Caller(Caller.Kind.OPERATOR, "user-1", "operator", "user-1", "team-1", Caller.Role.OWNER, true);
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  final Map<String, Capsule> capsules = new LinkedHashMap<>();
  final List<DriverInfo> drivers = new ArrayList<>();
  final ScriptedProcesses processes = new ScriptedProcesses();
  /** What a capsule's disk holds. */
  Path folder;
  /** What each look at a console finds; the last one again and again. */
  final Deque<byte[]> consoles = new ArrayDeque<>();
  boolean endsWithConsole;
  final List<StateChange> history = new ArrayList<>();
  NewCapsule asked;
  Optional<String> keyName;

  static Capsule capsule(String id, CapsuleStatus status, Optional<Capsule.Reason> reason) {
    return new Capsule(id, "team-1", status, 3, "minimal", 2, 512, 5120, 90, Optional.of("host-1"), Optional.empty(), NOON, Optional.of(NOON),
        Optional.empty(), NOON, reason, List.of(new Capsule.Step("boot", 200), new Capsule.Step("agent", 400.25)), Map.of("hypervisor", "qemu", "memory", "paged"),
        CapsuleOptions.DEFAULT, Optional.empty());
  }

  static DriverInfo driver(String host, String kind, String name, Optional<Boolean> usable) {
    return new DriverInfo(host, kind, name, "1.0", true, usable, "works\nwell", Map.of("fact", "value"), 4);
  }

  @Override
  public Caller operator() {
    return OPERATOR;
  }

  @Override
  public Capsule create(Caller caller, NewCapsule request, Optional<String> idempotencyKey) {
    asked = request;
    Capsule made = capsule("cl-new", CapsuleStatus.RUNNING, Optional.empty());
    capsules.put(made.id(), made);
    return made;
  }

  @Override
  public Capsule get(Caller caller, String id) throws PlatformException {
    if (!capsules.containsKey(id)) {
      throw new PlatformException(PlatformException.Code.NOT_FOUND, "Capsule " + id + " was not found.");
    }
    return capsules.get(id);
  }

  @Override
  public List<Capsule> list(Caller caller, boolean ended) {
    return capsules.values().stream().filter(capsule -> ended || !capsule.status().ended()).toList();
  }

  @Override
  public void destroy(Caller caller, String id) throws PlatformException {
    get(caller, id);
    capsules.put(id, capsule(id, CapsuleStatus.STOPPED, Optional.empty()));
  }

  @Override
  public Processes processes(Caller caller, String id) throws PlatformException {
    get(caller, id);
    return processes;
  }

  @Override
  public List<Template> templates(Caller caller) {
    return List.of(new Template("minimal", "base", Optional.empty(), Optional.empty(), 1, NOON, true));
  }

  @Override
  public List<Host> hosts(Caller caller) {
    return List.of(new Host("host-1", false, List.of("The disk is full."), 16, 4, 1000, 250, 0, 0, 1, NOON, Map.of("arch", "amd64")));
  }

  @Override
  public List<DriverInfo> drivers(Caller caller) {
    return drivers;
  }

  @Override
  public DriverInfo probe(Caller caller, String host, String kind, String name) throws PlatformException {
    return drivers.stream().filter(driver -> driver.host().equals(host) && driver.kind().equals(kind) && driver.name().equals(name)).findFirst()
        .orElseThrow(() -> new PlatformException(PlatformException.Code.NOT_FOUND, "not there"));
  }

  @Override
  public NewApiKey create(Caller caller, Optional<String> name) {
    keyName = name;
    return new NewApiKey(new ApiKey("key-1", "team-1", name.orElse(""), "wrn_12", "user-1", Optional.empty(), NOON, Optional.empty()), "wrn_secret");
  }

  @Override
  public AutoCloseable watch(Caller caller, Consumer<Capsule> listener) {
    return () -> {};
  }

  @Override
  public void ping(Caller caller, String id) {
    throw new AssertionError("no command pings");
  }

  @Override
  public Files files(Caller caller, String id) throws PlatformException {
    get(caller, id);
    return new FolderFiles(folder);
  }

  @Override
  public byte[] console(Caller caller, String id, int lastBytes) {
    byte[] all = consoles.size() > 1 ? consoles.removeFirst() : consoles.getFirst();
    if (consoles.size() == 1 && endsWithConsole) {
      capsules.put(id, capsule(id, CapsuleStatus.STOPPED, Optional.empty()));
    }
    return all;
  }

  @Override
  public List<StateChange> history(Caller caller, String id) {
    return history;
  }

  @Override
  public Capsule endAt(Caller caller, String id, Instant end) {
    throw new AssertionError("no command sets an end");
  }

  @Override
  public List<ApiKey> list(Caller caller) {
    throw new AssertionError("no command lists keys");
  }

  @Override
  public void revoke(Caller caller, String id) {
    throw new AssertionError("no command revokes keys");
  }

  @Override
  public Session login(String email, String password) {
    throw new AssertionError("the operator needs no login");
  }

  @Override
  public Caller bearer(String token) {
    throw new AssertionError("the operator needs no token");
  }

  @Override
  public Caller apiKey(String key) {
    throw new AssertionError("the operator needs no key");
  }

  @Override
  public Capsule pause(Caller caller, String id) throws PlatformException {
    throw new PlatformException(PlatformException.Code.CONFLICT, "capsules of this test can't be saved");
  }

  @Override
  public Capsule resume(Caller caller, String id, boolean cold, java.time.Duration lifetime) throws PlatformException {
    return resume(caller, id, cold);
  }

  @Override
  public Capsule resume(Caller caller, String id, boolean cold) throws PlatformException {
    throw new PlatformException(PlatformException.Code.CONFLICT, "capsules of this test can't be saved");
  }

  @Override
  public List<Copy> fork(Caller caller, String id, int count) throws PlatformException {
    throw new PlatformException(PlatformException.Code.CONFLICT, "capsules of this test can't be saved");
  }

  @Override
  public Template snapshot(Caller caller, String id, Optional<String> name, boolean overwrite) throws PlatformException {
    throw new PlatformException(PlatformException.Code.CONFLICT, "capsules of this test can't be saved");
  }

  @Override
  public void deleteTemplate(Caller caller, String name) throws PlatformException {
    throw new PlatformException(PlatformException.Code.CONFLICT, "capsules of this test can't be saved");
  }
}
