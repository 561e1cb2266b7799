package dev.wrenn.auth.internal;

import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreGate;
import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

/** What the services of this bundle share: the store, the secrets, and the first admin. */
@Component(service = Accounts.class, configurationPid = "dev.wrenn.auth")
@Designate(ocd = AuthConfig.class)
public final class Accounts {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private final StoreGate gate = new StoreGate(PATIENCE);
  private final SecureRandom random = new SecureRandom();
  private final PasswordHash passwords = new PasswordHash(random);
  private final SessionTokens tokens;
  private final LoginLimiter limiter;
  private final FirstAdmin firstAdmin;

  @Activate
  public Accounts(AuthConfig config) throws IOException {
    this(config, System.getenv());
  }

  Accounts(AuthConfig config, Map<String, String> environment) throws IOException {
    Places places = Places.of(config, environment);
    String given = environment.getOrDefault("JWT_SECRET", "");
    String key = given.isBlank() ? Secrets.readOrMake(places.sessionKey(), random, 32) : given;
    tokens = new SessionTokens(key, Duration.ofMinutes(config.session_minutes()), Clock.systemUTC());
    limiter = new LoginLimiter(config, Clock.systemUTC());
    firstAdmin = new FirstAdmin(places.firstAdmin(), config.first_admin_email(), passwords, random);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void bindStore(Store store) {
    try {
      firstAdmin.ensure(store);
    } catch (IOException e) {
      throw new UncheckedIOException("The first admin's password can't be kept; is WRENN_DIR writable?", e);
    }
    gate.open(store);
  }

  void unbindStore(Store store) {
    gate.close(store);
  }

  <R> R call(Function<Store, R> work) throws PlatformException {
    try {
      return gate.call(work);
    } catch (StoreException e) {
      throw new PlatformException(e.retryable() ? PlatformException.Code.UNAVAILABLE : PlatformException.Code.INTERNAL_ERROR,
          e.retryable() ? "The database can't be reached now; try again in a moment." : "The store failed; see the log of the platform.", e);
    }
  }

  /** A membership of that user in that team, or none. */
  java.util.Optional<MembershipRecord> membership(UUID team, UUID user) throws PlatformException {
    return call(s -> s.memberships().find(team, user));
  }

  SecureRandom random() {
    return random;
  }

  PasswordHash passwords() {
    return passwords;
  }

  SessionTokens tokens() {
    return tokens;
  }

  LoginLimiter limiter() {
    return limiter;
  }
}
