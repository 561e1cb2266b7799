package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PortService.Tokens;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** The life of sandboxes in terms of capsules. Thread-safe. */
final class Sandboxes {
  private final PlatformServices platform;
  private final Templates templates;
  private final Terms terms;
  private final Views views;
  private final String user;

  Sandboxes(PlatformServices platform, Templates templates, Terms terms, Views views, String user) {
    this.platform = platform;
    this.templates = templates;
    this.terms = terms;
    this.views = views;
    this.user = user;
  }

  /** @param secured whether clients of its agent must show its token @param usualSeconds that it lives when the request does not say */
  Views.Sandbox create(Caller caller, Requests.NewSandbox request, boolean secured, int usualSeconds) throws PlatformException, NotOffered {
    String name = request.templateID();
    if (name == null || name.isBlank()) {
      throw invalid("templateID is missing: name a template, such as \"base\"");
    }
    Duration lifetime = terms.ofNew(caller, request.timeout(), usualSeconds);
    Offer.check(request);
    boolean publicPorts = request.network() == null || !Boolean.FALSE.equals(request.network().allowPublicTraffic());
    if (!publicPorts && !secured) {
      throw invalid("allowPublicTraffic: false needs a secured sandbox (secure: true)");
    }
    CapsuleOptions options = new CapsuleOptions(strings("metadata", request.metadata()), strings("envVars", request.envVars()),
        Egress.open(request.allowInternetAccess(), request.network()), publicPorts, secured, Optional.of(user))
        .over(Boolean.TRUE.equals(request.autoPause()) ? Then.PAUSE : Then.END, Then.PAUSE, Offer.wakes(request));
    String template = templates.need(caller, name).name();
    Capsule made = platform.capsules().create(caller, new NewCapsule(Optional.of(template), Optional.empty(), Optional.empty(), Optional.empty(),
        Optional.empty(), Optional.of(lifetime), options), Optional.empty());
    return views.sandbox(made, tokens(caller, made));
  }

  Views.Detail detail(Caller caller, String shown) throws PlatformException {
    Capsule capsule = need(caller, shown);
    return views.detail(capsule, tokens(caller, capsule));
  }

  void kill(Caller caller, String shown) throws PlatformException {
    platform.capsules().destroy(caller, need(caller, shown).id());
  }

  /** Sets the end, nearer or farther. */
  void timeout(Caller caller, String shown, int seconds) throws PlatformException {
    Duration left = terms.within(caller, seconds);
    Capsule capsule = need(caller, shown);
    platform.capsules().endAt(caller, capsule.id(), Instant.now().plus(left));
  }

  /** Puts the end off, never nearer. */
  Capsule extend(Caller caller, String shown, int seconds) throws PlatformException {
    Duration left = terms.within(caller, seconds);
    Capsule capsule = need(caller, shown);
    Instant wanted = Instant.now().plus(left);
    boolean later = capsule.endAt().filter(end -> end.isBefore(wanted)).isPresent();
    return later ? platform.capsules().endAt(caller, capsule.id(), wanted) : capsule;
  }


  /** @throws PlatformException {@code NOT_FOUND} also for one that is being made or has ended */
  Capsule need(Caller caller, String shown) throws PlatformException {
    Capsule capsule = platform.capsules().get(caller, SandboxId.capsule(shown));
    if (!Views.shown(capsule)) {
      throw SandboxId.unknown(shown);
    }
    return capsule;
  }

  /** Asked for only where the answer tells one: it costs a call to the host. */
  Optional<Tokens> tokens(Caller caller, Capsule capsule) throws PlatformException {
    boolean told = capsule.options().secured() || !capsule.options().publicPorts();
    return told ? Optional.of(platform.ports().tokens(caller, capsule.id())) : Optional.empty();
  }

  private static Map<String, String> strings(String field, Map<String, String> map) throws PlatformException {
    if (map != null && map.containsValue(null)) {
      throw invalid(field + " must hold strings, not null");
    }
    return map == null ? Map.of() : map;
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message);
  }
}
