package dev.wrenn.e2b.internal;

import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService.Copy;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.LimitsService.TeamLimits;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.PortService.Tokens;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** What this face uses of the platform, in memory: one team whose capsules live in a map. */
public final class TestPlatform {
  static final String KEY = "0123456789abcdef0123456789abcdef";
  static final TeamLimits LIMITS = new TeamLimits(4, 8192, 10240, 7200, 10, 16, 32768);

  final Map<String, Capsule> capsules = new ConcurrentHashMap<>();
  final Map<String, Template> saved = new ConcurrentHashMap<>();
  volatile boolean bootedCold;
  volatile NewCapsule lastOrder;
  volatile PlatformException refusal;
  private int made;

  /** The methods of this class as a service; those that it has not are not for this face. */
  <T> T as(Class<T> service) {
    return service.cast(Proxy.newProxyInstance(service.getClassLoader(), new Class<?>[] {service}, (proxy, method, arguments) -> {
      try {
        return TestPlatform.class.getMethod(method.getName(), method.getParameterTypes()).invoke(this, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      } catch (NoSuchMethodException e) {
        throw new UnsupportedOperationException(method.toString(), e);
      }
    }));
  }

  public Caller apiKey(String key) throws PlatformException {
    if (!key.equals("e2b_" + KEY) && !key.equals("wrn_" + KEY)) {
      throw new PlatformException(Code.UNAUTHORIZED, "the API key is not valid");
    }
    return new Caller(Caller.Kind.API_KEY, "key-1", "test", "usr-1", "team-1", Caller.Role.OWNER, false);
  }

  public TeamLimits limits(Caller caller, String team) {
    return LIMITS;
  }

  public List<Template> templates(Caller caller) {
    List<Template> all = new ArrayList<>(saved.values());
    all.add(new Template("minimal", "base", Optional.empty(), Optional.empty(), 1, Instant.EPOCH, true));
    return all;
  }

  public synchronized Capsule create(Caller caller, NewCapsule order, Optional<String> name) throws PlatformException {
    if (refusal != null) {
      throw refusal;
    }
    lastOrder = order;
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    return put(new Capsule("cl-" + String.format("%025d", ++made), "team-1", CapsuleStatus.RUNNING, 1, order.template().orElseThrow(), 1, 512, 5120, 0,
        Optional.of("host-1"), Optional.empty(), now, Optional.of(now.plusMillis(made)), Optional.empty(), now, Optional.empty(), List.of(),
        Map.of("envd_version", "0.6.9"), order.options().withoutEnv(), order.lifetime().map(now::plus)));
  }

  public Capsule get(Caller caller, String id) throws PlatformException {
    return Optional.ofNullable(capsules.get(id)).orElseThrow(() -> new PlatformException(Code.NOT_FOUND, "no capsule " + id));
  }

  public List<Capsule> list(Caller caller, boolean ended) {
    return capsules.values().stream().filter(capsule -> ended || !capsule.status().ended()).toList();
  }

  public void destroy(Caller caller, String id) throws PlatformException {
    put(get(caller, id), CapsuleStatus.STOPPED);
  }

  public Capsule endAt(Caller caller, String id, Instant end) throws PlatformException {
    Capsule was = get(caller, id);
    if (was.status() != CapsuleStatus.RUNNING && was.status() != CapsuleStatus.PAUSED) {
      throw new PlatformException(Code.INVALID_STATE, id + " is not running");
    }
    return put(new Capsule(was.id(), was.teamId(), was.status(), was.version() + 1, was.template(), was.vcpus(), was.memoryMb(), was.diskMb(),
        was.timeoutSec(), was.hostId(), was.hostIp(), was.createdAt(), was.startedAt(), was.lastActiveAt(), was.lastUpdated(), was.reason(),
        was.steps(), was.metadata(), was.options(), Optional.of(end)));
  }

  public Capsule pause(Caller caller, String id) throws PlatformException {
    return put(get(caller, id), CapsuleStatus.PAUSED);
  }

  public Capsule resume(Caller caller, String id, boolean cold) throws PlatformException {
    bootedCold = cold;
    return put(get(caller, id), CapsuleStatus.RUNNING);
  }

  public Capsule resume(Caller caller, String id, boolean cold, Duration lifetime) throws PlatformException {
    resume(caller, id, cold);
    return endAt(caller, id, Instant.now().plus(lifetime));
  }

  public List<Copy> fork(Caller caller, String id, int count) throws PlatformException {
    Capsule copy = get(caller, id);
    return List.of(new Copy(Optional.of(copy), Optional.empty()),
        new Copy(Optional.empty(), Optional.of(new PlatformException(Code.NO_HOSTS_AVAILABLE, "no room for another"))));
  }

  public Template snapshot(Caller caller, String id, Optional<String> name, boolean overwrite) throws PlatformException {
    get(caller, id);
    Template made = new Template(name.orElse("made-up"), "snapshot", Optional.of(1), Optional.of(512), 1, Instant.EPOCH, false);
    saved.put(made.name(), made);
    return made;
  }

  public void deleteTemplate(Caller caller, String name) {
    saved.remove(name);
  }

  public byte[] console(Caller caller, String id, int bytes) {
    return "<6>[    0.500000] Linux\n<3>[    1.250000] broken\nplain\n\n".getBytes(StandardCharsets.UTF_8);
  }

  public Tokens tokens(Caller caller, String id) {
    return new Tokens("access-secret", "port-secret");
  }

  public List<MetricPoint> capsule(Caller caller, String id, String range) throws PlatformException {
    Instant started = Views.started(get(caller, id));
    return List.of(point(started), point(started.plusSeconds(60)));
  }

  public Map<String, MetricPoint> latest(Caller caller) {
    return Map.of("cl-" + String.format("%025d", 1), point(Instant.EPOCH));
  }

  private static MetricPoint point(Instant at) {
    return new MetricPoint(at, 12.345, OptionalLong.of(1000), OptionalLong.empty(), OptionalLong.of(2), OptionalLong.empty(), OptionalLong.of(9000),
        OptionalLong.empty(), OptionalLong.empty());
  }

  Capsule put(Capsule was, CapsuleStatus status) {
    return put(new Capsule(was.id(), was.teamId(), status, was.version() + 1, was.template(), was.vcpus(), was.memoryMb(), was.diskMb(),
        was.timeoutSec(), was.hostId(), was.hostIp(), was.createdAt(), was.startedAt(), was.lastActiveAt(), was.lastUpdated(), was.reason(),
        was.steps(), was.metadata(), was.options(), was.endAt()));
  }

  private Capsule put(Capsule capsule) {
    capsules.put(capsule.id(), capsule);
    return capsule;
  }
}
