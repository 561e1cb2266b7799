package dev.wrenn.hostagent.internal;

import dev.wrenn.files.Files;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.life.CapsuleLife;
import dev.wrenn.hostagent.internal.life.WarmStock;
import dev.wrenn.hostagent.internal.life.Capsules;
import dev.wrenn.hostagent.internal.metrics.Sampler;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.Processes;
import dev.wrenn.spi.Deadline;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** This machine as a host of capsules. */
final class LocalHost implements HostAgent {
  private static final Duration LONGEST = Duration.ofDays(1);

  private final Drivers drivers;
  private final Capsules capsules;
  private final StatusReport report;
  private final Sampler sampler;
  private final UnaryOperator<String> userTokens;

  LocalHost(Drivers drivers, Capsules capsules, StatusReport report, Sampler sampler, UnaryOperator<String> userTokens) {
    this.drivers = drivers;
    this.capsules = capsules;
    this.report = report;
    this.sampler = sampler;
    this.userTokens = userTokens;
  }

  @Override
  public HostStatus status() {
    return report.status();
  }

  @Override
  public HostedCapsule create(CapsuleOrder order, Duration within) throws HostException {
    if (WarmStock.owns(order.id())) {
      throw new HostException(HostException.Code.INVALID, "admission", "Ids that begin like '" + order.id() + "' are this host's own: choose another");
    }
    return capsules.create(order, bounded(within));
  }

  @Override
  public void destroy(String capsule, Duration within) throws HostException {
    capsules.destroy(capsule, bounded(within));
  }

  @Override
  public HostedCapsule pause(String capsule, Duration within) throws HostException {
    return capsules.saves().pause(capsule, bounded(within));
  }

  @Override
  public HostedCapsule resume(String capsule, boolean cold, Duration within) throws HostException {
    return capsules.saves().resume(capsule, cold, bounded(within));
  }

  @Override
  public HostStatus.Image template(String capsule, String name, Duration within) throws HostException {
    return capsules.saves().template(capsule, name, bounded(within));
  }

  @Override
  public void deleteTemplate(String name) throws HostException {
    capsules.saves().deleteTemplate(name);
  }

  @Override
  public List<Copy> fork(String capsule, List<CapsuleOrder> copies, Duration within) throws HostException {
    return capsules.saves().fork(capsule, copies, bounded(within));
  }

  @Override
  public List<HostedCapsule> list() {
    return capsules.all().stream().map(CapsuleLife::picture).filter(LocalHost::isShown).toList();
  }

  @Override
  public Optional<HostedCapsule> find(String capsule) {
    return capsules.find(capsule).map(CapsuleLife::picture).filter(LocalHost::isShown);
  }

  @Override
  public void touch(String capsule) throws HostException {
    capsules.touch(capsule);
  }

  @Override
  public Processes processes(String capsule) throws HostException {
    return capsules.processes(capsule);
  }

  @Override
  public List<DriverStatus> drivers() {
    return report.drivers();
  }

  @Override
  public DriverStatus probe(String kind, String name, Duration within) throws HostException {
    return report.of(drivers.probe(kind, name, Deadline.after(bounded(within))));
  }

  @Override
  public AutoCloseable watch(Consumer<HostedCapsule> listener) {
    return capsules.watch(picture -> {
      if (isShown(picture)) {
        listener.accept(picture);
      }
    });
  }

  @Override
  public Files files(String capsule) throws HostException {
    return capsules.files(capsule);
  }

  @Override
  public GuestSocket connect(String capsule, int port, Duration within) throws HostException {
    return capsules.connect(capsule, port, bounded(within));
  }

  @Override
  public GuestSocket connectAgent(String capsule, Duration within) throws HostException {
    return capsules.connectAgent(capsule, bounded(within));
  }

  @Override
  public String accessToken(String capsule) throws HostException {
    return userTokens.apply(capsules.known(capsule).id().capsule());
  }

  @Override
  public List<MetricPoint> metrics(String capsule, MetricPoint.Tier tier) throws HostException {
    return sampler.points(capsules.known(capsule), tier);
  }

  @Override
  public Map<String, MetricPoint> latestMetrics() {
    Map<String, MetricPoint> latest = new HashMap<>(sampler.latest());
    latest.keySet().removeIf(WarmStock::owns);
    return latest;
  }

  @Override
  public byte[] console(String capsule, int lastBytes) throws HostException {
    return capsules.console(capsule, lastBytes);
  }

  /** What this host makes for itself is nobody else's. */
  private static boolean isShown(HostedCapsule capsule) {
    return !WarmStock.owns(capsule.id());
  }

  private static Duration bounded(Duration within) {
    return within.compareTo(LONGEST) > 0 ? LONGEST : within;
  }
}
