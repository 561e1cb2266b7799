package dev.wrenn.rest.internal;

import dev.wrenn.faces.Slot;
import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PortService;
import dev.wrenn.platform.SignIn;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The platform as this face knows it. The getters wait for a part that is being replaced. Thread-safe. */
@Component(service = PlatformServices.class)
public final class PlatformServices {
  private static final Logger LOG = LoggerFactory.getLogger(PlatformServices.class);

  private final Slot<CapsuleService> capsules;
  private final Slot<SignIn> signIn;
  private final Slot<ApiKeyService> apiKeys;
  private final Slot<HostService> hosts;
  private final Slot<MetricsService> metrics;
  private final Slot<LimitsService> limits;
  private final Slot<PortService> ports;
  private volatile boolean inhabited;

  @Activate
  public PlatformServices(@Reference Settings settings) {
    Duration patience = Duration.ofMillis(settings.config().serviceWaitMillis());
    capsules = new Slot<>("capsules", patience);
    signIn = new Slot<>("sign-in", patience);
    apiKeys = new Slot<>("api keys", patience);
    hosts = new Slot<>("hosts", patience);
    metrics = new Slot<>("metrics", patience);
    limits = new Slot<>("limits", patience);
    ports = new Slot<>("ports", patience);
  }

  public CapsuleService capsules() throws PlatformException {
    return capsules.get();
  }

  public SignIn signIn() throws PlatformException {
    return signIn.get();
  }

  public ApiKeyService apiKeys() throws PlatformException {
    return apiKeys.get();
  }

  public HostService hosts() throws PlatformException {
    return hosts.get();
  }

  public MetricsService metrics() throws PlatformException {
    return metrics.get();
  }

  public LimitsService limits() throws PlatformException {
    return limits.get();
  }

  public PortService ports() throws PlatformException {
    return ports.get();
  }

  /** Names of the parts that are not there now; at the first start the first admin is one: nobody can sign in before. */
  public List<String> missing() {
    List<String> parts = Stream.of(capsules, signIn, apiKeys, hosts, metrics, limits, ports).filter(slot -> !slot.filled()).map(Slot::name).toList();
    return parts.isEmpty() && !inhabited() ? List.of("first admin") : parts;
  }

  /**
   * What keeps the platform from serving now, the store included, which is asked each time.
   *
   * @return parts; none when it is ready
   */
  public List<String> unready() {
    List<String> parts = missing();
    if (!parts.isEmpty()) {
      return parts;
    }
    try {
      signIn.get().operator();
      return List.of();
    } catch (PlatformException | RuntimeException e) {
      LOG.warn("the store does not answer", e);
      return List.of("store");
    }
  }

  private boolean inhabited() {
    if (!inhabited) {
      try {
        signIn.get().operator();
        inhabited = true;
      } catch (PlatformException none) {
        return false;
      }
    }
    return true;
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindCapsules(CapsuleService service) {
    capsules.bind(service);
  }

  void unbindCapsules(CapsuleService service) {
    capsules.unbind(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindSignIn(SignIn service) {
    signIn.bind(service);
  }

  void unbindSignIn(SignIn service) {
    signIn.unbind(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindApiKeys(ApiKeyService service) {
    apiKeys.bind(service);
  }

  void unbindApiKeys(ApiKeyService service) {
    apiKeys.unbind(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindHosts(HostService service) {
    hosts.bind(service);
  }

  void unbindHosts(HostService service) {
    hosts.unbind(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindMetrics(MetricsService service) {
    metrics.bind(service);
  }

  void unbindMetrics(MetricsService service) {
    metrics.unbind(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindLimits(LimitsService service) {
    limits.bind(service);
  }

  void unbindLimits(LimitsService service) {
    limits.unbind(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
  void bindPorts(PortService service) {
    ports.bind(service);
  }

  void unbindPorts(PortService service) {
    ports.unbind(service);
  }
}
