package dev.wrenn.auth.internal;

import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreGate;
import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the services of this bundle share: the store, the secrets, and the first admin. */
@Component(service = Accounts.class, configurationPid = "dev.wrenn.auth")
@Designate(ocd = AuthConfig.class)
public final class Accounts {
  private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private final StoreGate gate = new StoreGate(PATIENCE);
  private final KnownCallers known = new KnownCallers();
  private final SecureRandom random;
  private final PasswordHash passwords;
  private final SessionTokens tokens;
  private final LoginLimiter limiter;
  private final FirstAdmin firstAdmin;

  private Store bound;

  @Activate
  public Accounts(AuthConfig config) throws IOException {
    this(config, System.getenv(), new SecureRandom());
  }

  private Accounts(AuthConfig config, Map<String, String> environment, SecureRandom random) throws IOException {
    this(config, environment, random, new PasswordHash(random));
  }

  Accounts(AuthConfig config, Map<String, String> environment, SecureRandom random, PasswordHash passwords) throws IOException {
    this.random = random;
    this.passwords = passwords;
    Places places = Places.of(config, environment);
    String given = environment.getOrDefault("JWT_SECRET", "");
    String key = given.isBlank() ? Secrets.readOrMake(places.sessionKey(), random, 32) : given;
    tokens = new SessionTokens(key, Duration.ofMinutes(config.session_minutes()), Clock.systemUTC());
    limiter = new LoginLimiter(config, Clock.systemUTC());
    firstAdmin = new FirstAdmin(places.firstAdmin(), config.first_admin_email(), passwords, random);
  }

  @Deactivate
  synchronized void stop() {
    bound = null;
    notifyAll();
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void bindStore(Store store) {
    synchronized (this) {
      bound = store;
    }
    known.forget();
    gate.open(store);
    // Not here: the framework must not wait for a password to be hashed, and a failure must be tried again.
    Thread.ofVirtual().name("wrenn-first-admin").start(() -> makeFirstAdmin(store));
  }

  void unbindStore(Store store) {
    gate.close(store);
    synchronized (this) {
      if (bound == store) {
        bound = null;
        notifyAll();
      }
    }
  }

  private void makeFirstAdmin(Store store) {
    try {
      while (!madeFirstAdmin(store)) {
        synchronized (this) {
          if (bound == store) {
            wait(RETRY.toMillis());
          }
          if (bound != store) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean madeFirstAdmin(Store store) {
    try {
      firstAdmin.ensure(store);
      return true;
    } catch (IOException e) {
      LOG.error("The first admin's password can't be kept, so none is made; trying on. Is WRENN_DIR writable? {}", e.toString());
    } catch (StoreException e) {
      LOG.warn("Whether a first admin is needed is not known yet; trying on: {}", e.getMessage());
    }
    return false;
  }

  <R> R call(Function<Store, R> work) throws PlatformException {
    try {
      return gate.call(work);
    } catch (StoreException e) {
      throw new PlatformException(e.retryable() ? PlatformException.Code.UNAVAILABLE : PlatformException.Code.INTERNAL_ERROR, e.advice(), e);
    }
  }

  /** The same for what changes an account, a membership, a team or a key: it counts from the return on. */
  <R> R change(Function<Store, R> work) throws PlatformException {
    try {
      return call(work);
    } finally {
      // Also after a failure, which may have come when it was done.
      known.forget();
    }
  }

  KnownCallers known() {
    return known;
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
