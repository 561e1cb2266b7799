package dev.wrenn.rest.internal;

import dev.wrenn.files.Files;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.PortService;
import dev.wrenn.platform.SignIn;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.Processes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A platform in memory: one team, one user, and capsules whose processes are this machine's. */
final class TestPlatform implements CapsuleService, SignIn, ApiKeyService, HostService, MetricsService, LimitsService, PortService, AutoCloseable {
  static final String KEY = "wrn_0123456789abcdef0123456789abcdef";
  static final String TOKEN = "session-token";
  static final String MEMBER_TOKEN = "member-token";
  static final Instant NOW = Instant.parse("2026-11-22T10:11:12.987654Z");

  final LocalProcesses processes = new LocalProcesses();
  final LocalFiles files = new LocalFiles();
  final Map<Integer, Boolean> said = new ConcurrentHashMap<>();
  volatile TeamLimits limits = new TeamLimits(4, 8192, 10240, 3600, 10, 16, 32768);
  final Map<String, Capsule> capsules = new ConcurrentHashMap<>();
  final AtomicInteger created = new AtomicInteger();
  final Map<String, Template> saved = new ConcurrentHashMap<>();
  volatile boolean lastCold;
  volatile NewCapsule lastOrder;
  volatile Optional<String> lastIdempotencyKey = Optional.empty();
  volatile PlatformException refusal;
  volatile RuntimeException crash;
  volatile boolean storeAway;

  static Caller caller(Caller.Kind kind, boolean admin) {
    return new Caller(kind, "key-1", "test", "usr-1", "team-1", Caller.Role.OWNER, admin);
  }

  String put(CapsuleStatus status, Optional<Capsule.Reason> reason) {
    String id = "cl-" + String.format("%025d", created.incrementAndGet());
    capsules.put(id, new Capsule(id, "team-1", status, 1, "minimal", 1, 512, 5120, 0, Optional.of("host-1"), Optional.empty(), NOW,
        Optional.of(NOW), Optional.empty(), NOW, reason, List.of(new Capsule.Step("boot", 12.3456)), Map.of("agent_version", "1"),
        lastOrder == null ? CapsuleOptions.DEFAULT : lastOrder.options().withoutEnv(), Optional.empty()));
    return id;
  }

  @Override
  public Capsule create(Caller caller, NewCapsule request, Optional<String> idempotencyKey) throws PlatformException {
    lastOrder = request;
    lastIdempotencyKey = idempotencyKey;
    if (crash != null) {
      throw crash;
    }
    if (refusal != null) {
      throw refusal;
    }
    return capsules.get(put(CapsuleStatus.RUNNING, Optional.empty()));
  }

  @Override
  public Capsule get(Caller caller, String id) throws PlatformException {
    if (!id.matches("cl-[0-9a-z]{25}")) {
      throw new PlatformException(Code.INVALID_REQUEST, "\"" + id + "\" is not a capsule id");
    }
    return Optional.ofNullable(capsules.get(id)).orElseThrow(() -> new PlatformException(Code.NOT_FOUND, "no capsule " + id));
  }

  @Override
  public List<Capsule> list(Caller caller, boolean ended) {
    return capsules.values().stream().filter(capsule -> ended || !capsule.status().ended()).toList();
  }

  @Override
  public void destroy(Caller caller, String id) throws PlatformException {
    get(caller, id);
  }

  @Override
  public void ping(Caller caller, String id) throws PlatformException {
    processes(caller, id);
  }

  @Override
  public Processes processes(Caller caller, String id) throws PlatformException {
    if (get(caller, id).status() != CapsuleStatus.RUNNING) {
      throw new PlatformException(Code.INVALID_STATE, id + " is not running");
    }
    return processes;
  }

  @Override
  public Files files(Caller caller, String id) throws PlatformException {
    processes(caller, id);
    return files;
  }

  @Override
  public byte[] console(Caller caller, String id, int lastBytes) throws PlatformException {
    get(caller, id);
    byte[] all = "[    0.000000] Linux\n<script>\n".getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOfRange(all, Math.max(0, all.length - lastBytes), all.length);
  }

  @Override
  public List<StateChange> history(Caller caller, String id) throws PlatformException {
    get(caller, id);
    return List.of(new StateChange(NOW, CapsuleStatus.PENDING, Optional.empty(), List.of()),
        new StateChange(NOW, CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("boot", "panic")), List.of(new Capsule.Step("disk", 1.5))));
  }

  @Override
  public Capsule endAt(Caller caller, String id, Instant end) throws PlatformException {
    processes(caller, id);
    Capsule now = get(caller, id);
    return new Capsule(now.id(), now.teamId(), now.status(), now.version() + 1, now.template(), now.vcpus(), now.memoryMb(), now.diskMb(),
        now.timeoutSec(), now.hostId(), now.hostIp(), now.createdAt(), now.startedAt(), now.lastActiveAt(), now.lastUpdated(), now.reason(),
        now.steps(), now.metadata(), now.options(), Optional.of(end));
  }

  @Override
  public List<MetricPoint> capsule(Caller caller, String id, String range) throws PlatformException {
    get(caller, id);
    if (!List.of("5m", "10m").contains(range)) {
      throw new PlatformException(Code.INVALID_REQUEST, "range must be 5m or 10m");
    }
    return List.of(new MetricPoint(NOW, 12.34567, OptionalLong.of(1000), OptionalLong.empty(), OptionalLong.of(2000), OptionalLong.of(3000),
        OptionalLong.empty(), OptionalLong.of(4), OptionalLong.of(5)));
  }

  @Override
  public Map<String, MetricPoint> latest(Caller caller) throws PlatformException {
    Map<String, MetricPoint> points = new java.util.TreeMap<>();
    for (String id : capsules.keySet()) {
      points.put(id, capsule(caller, id, "10m").getFirst());
    }
    return points;
  }

  @Override
  public TeamStats team(Caller caller, String range) throws PlatformException {
    if (!range.equals("1h")) {
      throw new PlatformException(Code.INVALID_REQUEST, "range must be 1h");
    }
    return new TeamStats(range, new Reserved(1, 2, 512), new Reserved(3, 4, 2048), List.of(new Bucket(NOW, new Reserved(1, 2, 512))));
  }

  @Override
  public List<UsageDay> usage(Caller caller, LocalDate from, LocalDate to) {
    return List.of(new UsageDay(to, 1.5, 768.25));
  }

  @Override
  public TeamLimits limits(Caller caller, String team) throws PlatformException {
    if (!team.equals("team-1")) {
      throw new PlatformException(Code.NOT_FOUND, "no team " + team);
    }
    return limits;
  }

  @Override
  public TeamLimits set(Caller caller, String team, TeamLimits next) throws PlatformException {
    limits(caller, team);
    if (next.running() < 0) {
      throw new PlatformException(Code.INVALID_REQUEST, "running must be 0 or more");
    }
    limits = next;
    return next;
  }

  @Override
  public List<PortAccess> ports(Caller caller, String capsule) throws PlatformException {
    get(caller, capsule);
    return said.entrySet().stream().map(port -> new PortAccess(port.getKey(), port.getValue(), true)).toList();
  }

  @Override
  public PortAccess port(Caller caller, String capsule, int port) throws PlatformException {
    get(caller, capsule);
    return new PortAccess(port, said.getOrDefault(port, true), said.containsKey(port));
  }

  @Override
  public PortAccess set(Caller caller, String capsule, int port, boolean open) throws PlatformException {
    get(caller, capsule);
    said.put(port, open);
    return port(caller, capsule, port);
  }

  @Override
  public void clear(Caller caller, String capsule, int port) throws PlatformException {
    get(caller, capsule);
    said.remove(port);
  }

  @Override
  public GuestSocket open(String capsule, int port, Optional<String> token) {
    throw new UnsupportedOperationException("the REST face opens no ports");
  }

  @Override
  public AgentLine openAgent(String capsule, java.util.function.Predicate<String> shows) {
    return openAgent(capsule);
  }

  @Override
  public AgentLine openAgent(String capsule) {
    throw new UnsupportedOperationException("the REST face does not speak to agents");
  }

  @Override
  public Tokens tokens(Caller caller, String capsule) throws PlatformException {
    get(caller, capsule);
    return new Tokens("access-secret", "port-secret");
  }

  @Override
  public Optional<String> byAccessToken(Predicate<String> test) {
    throw new UnsupportedOperationException("the REST face does not look for tokens");
  }

  @Override
  public List<Template> templates(Caller caller) {
    List<Template> all = new ArrayList<>(saved.values());
    all.add(new Template("minimal", "base", Optional.of(0), Optional.empty(), 123, NOW, true));
    return all;
  }

  @Override
  public AutoCloseable watch(Caller caller, Consumer<Capsule> listener) {
    throw new UnsupportedOperationException("the REST face does not watch");
  }

  @Override
  public Session login(String email, String password) throws PlatformException {
    if (email.equals("busy@example.org")) {
      throw new PlatformException(Code.RATE_LIMITED, "too many attempts; wait a little");
    }
    if (!password.equals("right")) {
      throw new PlatformException(Code.UNAUTHORIZED, "e-mail or password is wrong");
    }
    return new Session(TOKEN, "usr-1", "team-1", email, "Test");
  }

  @Override
  public Caller bearer(String token) throws PlatformException {
    return switch (token) {
      case TOKEN -> caller(Caller.Kind.USER, true);
      case MEMBER_TOKEN -> caller(Caller.Kind.USER, false);
      case "deactivated" -> throw new PlatformException(Code.ACCOUNT_DEACTIVATED, "this account was deactivated");
      default -> throw new PlatformException(Code.UNAUTHORIZED, "the session token is not valid");
    };
  }

  @Override
  public Caller apiKey(String key) throws PlatformException {
    if (!key.equals(KEY)) {
      throw new PlatformException(Code.UNAUTHORIZED, "the API key is not valid");
    }
    return caller(Caller.Kind.API_KEY, false);
  }

  @Override
  public Caller operator() throws PlatformException {
    if (storeAway) {
      throw new PlatformException(Code.UNAVAILABLE, "the store does not answer");
    }
    return caller(Caller.Kind.OPERATOR, true);
  }

  @Override
  public NewApiKey create(Caller caller, Optional<String> name) {
    return new NewApiKey(key(name.orElse("Unnamed API Key"), Optional.empty()), KEY);
  }

  @Override
  public List<ApiKey> list(Caller caller) {
    return List.of(key("one", Optional.of("test@example.org")));
  }

  private static ApiKey key(String name, Optional<String> email) {
    return new ApiKey("key-1", "team-1", name, KEY.substring(0, 10), "usr-1", email, NOW, Optional.empty());
  }

  @Override
  public void revoke(Caller caller, String id) throws PlatformException {
    if (!id.startsWith("key-")) {
      throw new PlatformException(Code.INVALID_REQUEST, "\"" + id + "\" is not a key id");
    }
  }

  @Override
  public List<Host> hosts(Caller caller) {
    return List.of(new Host("host-1", true, List.of(), 2, 1, 2048, 512, 10240, 100, 1, NOW, Map.of("accelerator", "kvm")));
  }

  @Override
  public List<DriverInfo> drivers(Caller caller) throws PlatformException {
    if (!caller.admin()) {
      throw new PlatformException(Code.FORBIDDEN, "only platform admins see drivers");
    }
    return List.of(new DriverInfo("host-1", "hypervisor", "qemu", "1.0", true, Optional.empty(), "not probed yet", Map.of(), 0));
  }

  @Override
  public DriverInfo probe(Caller caller, String host, String kind, String name) {
    throw new UnsupportedOperationException("the REST face does not probe");
  }

  @Override
  public void close() {
    files.close();
    processes.close();
  }

  /** The capsule in another state; everything else of it stays. */
  private Capsule move(String id, CapsuleStatus status) {
    return capsules.computeIfPresent(id, (same, now) -> new Capsule(now.id(), now.teamId(), status, now.version() + 1, now.template(), now.vcpus(),
        now.memoryMb(), now.diskMb(), now.timeoutSec(), now.hostId(), now.hostIp(), now.createdAt(), now.startedAt(), now.lastActiveAt(),
        now.lastUpdated(), now.reason(), now.steps(), now.metadata(), now.options(), now.endAt()));
  }

  private Capsule need(Caller caller, String id, CapsuleStatus... allowed) throws PlatformException {
    if (refusal != null) {
      throw refusal;
    }
    Capsule capsule = get(caller, id);
    if (!List.of(allowed).contains(capsule.status())) {
      throw new PlatformException(Code.INVALID_STATE, id + " is " + capsule.status().wire());
    }
    return capsule;
  }

  @Override
  public Capsule pause(Caller caller, String id) throws PlatformException {
    need(caller, id, CapsuleStatus.RUNNING, CapsuleStatus.PAUSED);
    return move(id, CapsuleStatus.PAUSED);
  }

  @Override
  public Capsule resume(Caller caller, String id, boolean cold, java.time.Duration lifetime) throws PlatformException {
    return resume(caller, id, cold);
  }

  @Override
  public Capsule resume(Caller caller, String id, boolean cold) throws PlatformException {
    need(caller, id, CapsuleStatus.RUNNING, CapsuleStatus.PAUSED);
    lastCold = cold;
    return move(id, CapsuleStatus.RUNNING);
  }

  /** The second copy always fails. */
  @Override
  public List<Copy> fork(Caller caller, String id, int count) throws PlatformException {
    need(caller, id, CapsuleStatus.RUNNING);
    if (count < 1 || count > 100) {
      throw new PlatformException(Code.INVALID_REQUEST, "count must be 1 to 100");
    }
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      copies.add(i == 1 ? new Copy(Optional.empty(), Optional.of(new PlatformException(Code.AGENT_ERROR, "no agent")))
          : new Copy(Optional.of(capsules.get(put(CapsuleStatus.RUNNING, Optional.empty()))), Optional.empty()));
    }
    return copies;
  }

  @Override
  public Template snapshot(Caller caller, String id, Optional<String> name, boolean overwrite) throws PlatformException {
    need(caller, id, CapsuleStatus.RUNNING, CapsuleStatus.PAUSED);
    String wanted = name.orElse("template-0a1b2c3d");
    if (wanted.equals("minimal")) {
      throw new PlatformException(Code.NAME_RESERVED, "minimal is the platform's");
    }
    if (saved.containsKey(wanted) && !overwrite) {
      throw new PlatformException(Code.TEMPLATE_NAME_TAKEN, wanted + " is there");
    }
    Template template = new Template(wanted, "snapshot", Optional.of(1), Optional.of(512), 456, NOW, false, Map.of("kernel_version", "6"));
    saved.put(wanted, template);
    return template;
  }

  @Override
  public void deleteTemplate(Caller caller, String name) throws PlatformException {
    if (name.equals("minimal")) {
      throw new PlatformException(Code.FORBIDDEN, "minimal is the platform's");
    }
    if (!saved.containsKey(name)) {
      throw new PlatformException(Code.NOT_FOUND, "no template " + name);
    }
    if (name.equals("used")) {
      throw new PlatformException(Code.CONFLICT, "used is in use");
    }
    saved.remove(name);
  }
}
