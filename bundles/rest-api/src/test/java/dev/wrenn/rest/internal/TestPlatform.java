package dev.wrenn.rest.internal;

import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.SignIn;
import dev.wrenn.process.Processes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A platform in memory: one team, one user, and capsules whose processes are this machine's. */
final class TestPlatform implements CapsuleService, SignIn, ApiKeyService, HostService, AutoCloseable {
  static final String KEY = "wrn_0123456789abcdef0123456789abcdef";
  static final String TOKEN = "session-token";
  static final String MEMBER_TOKEN = "member-token";
  static final Instant NOW = Instant.parse("2026-11-22T10:11:12.987654Z");

  final LocalProcesses processes = new LocalProcesses();
  final Map<String, Capsule> capsules = new ConcurrentHashMap<>();
  final AtomicInteger created = new AtomicInteger();
  volatile NewCapsule lastOrder;
  volatile Optional<String> lastIdempotencyKey = Optional.empty();
  volatile PlatformException refusal;
  volatile RuntimeException crash;

  static Caller caller(Caller.Kind kind, boolean admin) {
    return new Caller(kind, "key-1", "test", "usr-1", "team-1", Caller.Role.OWNER, admin);
  }

  String put(CapsuleStatus status, Optional<Capsule.Reason> reason) {
    String id = "cl-" + String.format("%025d", created.incrementAndGet());
    capsules.put(id, new Capsule(id, "team-1", status, 1, "minimal", 1, 512, 5120, 0, Optional.of("host-1"), Optional.empty(), NOW,
        Optional.of(NOW), Optional.empty(), NOW, reason, List.of(new Capsule.Step("boot", 12.3456)), Map.of("agent_version", "1")));
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
  public List<Template> templates(Caller caller) {
    return List.of(new Template("minimal", "base", Optional.of(0), Optional.empty(), 123, NOW, true));
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
  public Caller operator() {
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
    processes.close();
  }
}
