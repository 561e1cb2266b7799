package dev.wrenn.e2b.internal;

import dev.wrenn.faces.Slot;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.LimitsService;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PortService;
import dev.wrenn.platform.SignIn;
import java.time.Duration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The platform as this face knows it. The getters wait for a part that is being replaced. Thread-safe. */
@Component(service = PlatformServices.class)
public final class PlatformServices {
  private final Slot<CapsuleService> capsules;
  private final Slot<SignIn> signIn;
  private final Slot<MetricsService> metrics;
  private final Slot<LimitsService> limits;
  private final Slot<PortService> ports;

  @Activate
  public PlatformServices(@Reference Settings settings) {
    Duration patience = Duration.ofMillis(settings.config().serviceWaitMillis());
    capsules = new Slot<>("capsules", patience);
    signIn = new Slot<>("sign-in", patience);
    metrics = new Slot<>("metrics", patience);
    limits = new Slot<>("limits", patience);
    ports = new Slot<>("ports", patience);
  }

  CapsuleService capsules() throws PlatformException {
    return capsules.get();
  }

  SignIn signIn() throws PlatformException {
    return signIn.get();
  }

  MetricsService metrics() throws PlatformException {
    return metrics.get();
  }

  LimitsService limits() throws PlatformException {
    return limits.get();
  }

  PortService ports() throws PlatformException {
    return ports.get();
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
