package dev.wrenn.rest.internal;

import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
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

/** The platform as this face knows it. The getters wait for a part that is being replaced. Thread-safe. */
@Component(service = PlatformServices.class)
public final class PlatformServices {
  private final Slot<CapsuleService> capsules;
  private final Slot<SignIn> signIn;
  private final Slot<ApiKeyService> apiKeys;
  private final Slot<HostService> hosts;
  private volatile boolean inhabited;

  @Activate
  public PlatformServices(@Reference Settings settings) {
    Duration patience = Duration.ofMillis(settings.config().serviceWaitMillis());
    capsules = new Slot<>("capsules", patience);
    signIn = new Slot<>("sign-in", patience);
    apiKeys = new Slot<>("api keys", patience);
    hosts = new Slot<>("hosts", patience);
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

  /** Names of the parts that are not there now; at the first start the first admin is one: nobody can sign in before. */
  public List<String> missing() {
    List<String> parts = Stream.of(capsules, signIn, apiKeys, hosts).filter(slot -> !slot.filled()).map(Slot::name).toList();
    return parts.isEmpty() && !inhabited() ? List.of("first admin") : parts;
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
}
