package dev.wrenn.controlplane.internal;

import dev.wrenn.files.Files;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.Processes;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A host whose failures a test decides. What runs on it outlives the control plane that made it. */
final class FakeHost implements HostAgent {
  /** What was saved under which name, and what happens when it is. */
  final Set<String> templates = ConcurrentHashMap.newKeySet();
  volatile Runnable inTemplate = () -> { };

  /** Something that happens before or after the host does its work. */
  interface Trouble {
    void at(CapsuleOrder order) throws HostException;
  }

  final Map<String, HostedCapsule> capsules = new ConcurrentHashMap<>();
  final AtomicInteger creates = new AtomicInteger();
  final AtomicInteger touches = new AtomicInteger();
  volatile Trouble beforeCreate = order -> { };
  volatile Trouble afterCreate = order -> { };
  volatile HostException onDestroy;
  volatile Trouble beforePause = order -> { };
  volatile Trouble beforeResume = order -> { };
  final AtomicInteger pauses = new AtomicInteger();
  final AtomicInteger resumes = new AtomicInteger();
  final Set<Integer> listening = ConcurrentHashMap.newKeySet();
  final AtomicInteger connects = new AtomicInteger();
  final Map<MetricPoint.Tier, List<MetricPoint>> points = new ConcurrentHashMap<>();
  volatile boolean full;
  private final AtomicLong sequence = new AtomicLong();
  private final List<Consumer<HostedCapsule>> listeners = new CopyOnWriteArrayList<>();

  @Override
  public HostStatus status() {
    return new HostStatus("h1", Instant.EPOCH, true, List.of(), 8, 0, 16_384, 0, 100_000, 0, capsules.size(),
        List.of(new HostStatus.Image("minimal", "abc", 10, 10, Instant.EPOCH)), Map.of());
  }

  @Override
  public HostedCapsule create(CapsuleOrder order, Duration within) throws HostException {
    creates.incrementAndGet();
    beforeCreate.at(order);
    HostedCapsule made = capsules.computeIfAbsent(order.id(), id -> picture(order, State.RUNNING, Optional.empty()));
    tell(made);
    afterCreate.at(order);
    return made;
  }

  @Override
  public void destroy(String capsule, Duration within) throws HostException {
    HostException trouble = onDestroy;
    if (trouble != null) {
      throw trouble;
    }
    HostedCapsule gone = capsules.remove(capsule);
    if (gone != null) {
      tell(picture(gone.order(), State.STOPPED, Optional.empty()));
    }
  }

  /** The guest dies, or its idle time is over. */
  void ends(String capsule, State state, String reason) {
    HostedCapsule ended = picture(capsules.get(capsule).order(), state, Optional.of(new HostedCapsule.Failure("running", reason)));
    capsules.put(capsule, ended);
    tell(ended);
  }

  /** A capsule that runs here without anybody's asking now. */
  void has(CapsuleOrder order) {
    capsules.put(order.id(), picture(order, State.RUNNING, Optional.empty()));
  }

  private HostedCapsule picture(CapsuleOrder order, State state, Optional<HostedCapsule.Failure> failure) {
    return new HostedCapsule(order, state, sequence.incrementAndGet(), Optional.of("10.11.0.2"), Instant.now(), Optional.of(Instant.now()),
        Optional.of(Instant.now()), failure, List.of(new HostedCapsule.Step("boot", 5)), Map.of("kernel_version", "6.1", "hypervisor", "fake"));
  }

  /** A second time, or late. */
  void tell(HostedCapsule capsule) {
    listeners.forEach(listener -> listener.accept(capsule));
  }

  @Override
  public List<HostedCapsule> list() {
    return List.copyOf(capsules.values());
  }

  @Override
  public Optional<HostedCapsule> find(String capsule) {
    return Optional.ofNullable(capsules.get(capsule));
  }

  @Override
  public void touch(String capsule) throws HostException {
    if (!capsules.containsKey(capsule)) {
      throw new HostException(HostException.Code.NOT_FOUND, "touch", "no capsule " + capsule);
    }
    touches.incrementAndGet();
  }

  @Override
  public Processes processes(String capsule) throws HostException {
    running(capsule);
    return nobody(Processes.class);
  }

  private static <T> T nobody(Class<T> type) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
      throw new UnsupportedOperationException("no guest here");
    }));
  }

  @Override
  public List<DriverStatus> drivers() {
    return List.of(new DriverStatus("hypervisor", "fake", "1.0", true, Optional.of(true), "usable", Map.of(), capsules.size()));
  }

  @Override
  public DriverStatus probe(String kind, String name, Duration within) throws HostException {
    return drivers().stream().filter(d -> d.kind().equals(kind) && d.name().equals(name)).findFirst()
        .orElseThrow(() -> new HostException(HostException.Code.NOT_FOUND, "probe", "no driver " + name));
  }

  @Override
  public AutoCloseable watch(Consumer<HostedCapsule> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  int watched() {
    return listeners.size();
  }

  @Override
  public Files files(String capsule) throws HostException {
    running(capsule);
    return nobody(Files.class);
  }

  @Override
  public GuestSocket connect(String capsule, int port, Duration within) throws HostException {
    running(capsule);
    if (!listening.contains(port)) {
      throw new HostException(HostException.Code.NO_LISTENER, "connect", "nothing listens on port " + port);
    }
    if (full) {
      throw new HostException(HostException.Code.NO_CAPACITY, "connect", "800 connections are open");
    }
    connects.incrementAndGet();
    return new Line();
  }

  @Override
  public GuestSocket connectAgent(String capsule, Duration within) throws HostException {
    running(capsule);
    return new Line();
  }

  @Override
  public String accessToken(String capsule) throws HostException {
    known(capsule);
    return "access-" + capsule;
  }

  @Override
  public List<MetricPoint> metrics(String capsule, MetricPoint.Tier tier) throws HostException {
    known(capsule);
    return points.getOrDefault(tier, List.of());
  }

  @Override
  public Map<String, MetricPoint> latestMetrics() {
    Map<String, MetricPoint> latest = new HashMap<>();
    capsules.keySet().forEach(id -> latest.put(id, point(Instant.now())));
    return latest;
  }

  static MetricPoint point(Instant at) {
    return new MetricPoint(at, 50, OptionalLong.of(1), OptionalLong.of(2), OptionalLong.empty(), OptionalLong.of(3), OptionalLong.of(4),
        OptionalLong.empty(), OptionalLong.empty());
  }

  @Override
  public byte[] console(String capsule, int lastBytes) throws HostException {
    known(capsule);
    return "booted".substring(Math.max(0, 6 - lastBytes)).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public HostedCapsule pause(String capsule, Duration within) throws HostException {
    known(capsule);
    if (capsules.get(capsule).state() == State.PAUSED) {
      return capsules.get(capsule);
    }
    pauses.incrementAndGet();
    beforePause.at(capsules.get(capsule).order());
    return change(capsule, HostedCapsule.State.PAUSED);
  }

  /** As its idle timer does, which tells when it has. */
  void pausesByItself(String capsule) throws HostException {
    pausing(capsule);
    change(capsule, State.PAUSED);
  }

  /** It has begun to, and told nobody who would do something about it. */
  void pausing(String capsule) throws HostException {
    change(capsule, State.PAUSING);
  }

  @Override
  public HostedCapsule resume(String capsule, boolean cold, Duration within) throws HostException {
    known(capsule);
    if (capsules.get(capsule).state() == State.RUNNING) {
      return capsules.get(capsule);
    }
    resumes.incrementAndGet();
    beforeResume.at(capsules.get(capsule).order());
    return change(capsule, HostedCapsule.State.RUNNING);
  }

  @Override
  public HostStatus.Image template(String capsule, String name, Duration within) throws HostException {
    known(capsule);
    templates.add(name);
    inTemplate.run();
    return new HostStatus.Image(name, "map", 1000, 1000, Instant.now(), Optional.of(new HostStatus.Machine(1, 512, 5120)));
  }

  @Override
  public void deleteTemplate(String name) {
    templates.remove(name);
  }

  @Override
  public List<Copy> fork(String capsule, List<CapsuleOrder> copies, Duration within) throws HostException {
    known(capsule);
    List<Copy> made = new ArrayList<>();
    for (CapsuleOrder copy : copies) {
      made.add(new Copy(Optional.of(create(copy, within)), Optional.empty()));
    }
    return made;
  }

  private HostedCapsule change(String capsule, State to) throws HostException {
    known(capsule);
    HostedCapsule next = picture(capsules.get(capsule).order(), to, Optional.empty());
    capsules.put(capsule, next);
    tell(next);
    return next;
  }

  private void known(String capsule) throws HostException {
    if (!capsules.containsKey(capsule)) {
      throw new HostException(HostException.Code.NOT_FOUND, "find", "no capsule " + capsule);
    }
  }

  private void running(String capsule) throws HostException {
    known(capsule);
    if (capsules.get(capsule).state() != State.RUNNING) {
      throw new HostException(HostException.Code.WRONG_STATE, "find", "Capsule " + capsule + " is " + capsules.get(capsule).state());
    }
  }

  /** A connection to somebody who says nothing. */
  private static final class Line implements GuestSocket {
    @Override
    public InputStream input() {
      return InputStream.nullInputStream();
    }

    @Override
    public OutputStream output() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public void endOutput() {
      // Nobody hears it.
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
