package dev.wrenn.auth.internal;

import dev.wrenn.persistence.ApiKeyRecord;
import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.SignIn;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Recognises callers by what the store says, as far as {@link KnownCallers} knows it. */
@Component(service = SignIn.class)
public final class StoreSignIn implements SignIn {
  private static final String OWN = "wrn_";
  private static final Set<String> SPELLINGS = Set.of(OWN, "e2b_");
  private static final int DIGITS = 32;
  private final Accounts accounts;
  private final KeyUse use;

  @Activate
  public StoreSignIn(@Reference Accounts accounts, @Reference KeyUse use) {
    this.accounts = accounts;
    this.use = use;
  }

  @Override
  public Session login(String email, String password) throws PlatformException {
    String name = email.strip().toLowerCase(Locale.ROOT);
    if (name.length() > 254 || password.length() > 1024) {
      throw refused();
    }
    accounts.limiter().enter(name);
    Optional<UserRecord> found = accounts.call(s -> s.users().findByEmail(name));
    if (found.isEmpty() || found.get().passwordHash().isEmpty()) {
      accounts.passwords().pretend(password);
      throw refused();
    }
    UserRecord user = found.get();
    String hash = user.passwordHash().get();
    if (!accounts.passwords().matches(password, hash)) {
      throw refused();
    }
    accounts.limiter().succeeded(name);
    if (user.status() == UserRecord.Status.INACTIVE) {
      throw new PlatformException(Code.ACCOUNT_NOT_ACTIVATED, "This account is not activated yet; follow the link in the activation mail.");
    }
    if (user.status() != UserRecord.Status.ACTIVE) {
      throw new PlatformException(Code.ACCOUNT_DISABLED, "This account is disabled; ask a platform admin.");
    }
    if (accounts.passwords().outdated(hash)) {
      String stronger = accounts.passwords().hash(password);
      accounts.change(s -> s.users().change(user.id(), u -> u.withRehashed(stronger)));
    }
    MembershipRecord team = team(user.id());
    String token = accounts.tokens().make(user, team.team(), team.role().name().toLowerCase(Locale.ROOT));
    return new Session(token, WireId.USER.format(user.id()), WireId.TEAM.format(team.team()), user.email(), user.name());
  }

  @Override
  public Caller bearer(String token) throws PlatformException {
    SessionTokens.Claims claims = accounts.tokens().read(token).orElseThrow(() -> unauthorized("The session token is not valid or has expired; sign in again."));
    return ask(accounts.known().sessions(), claims, this::session).orElseThrow(() -> unauthorized("This session is over; sign in again."));
  }

  @Override
  public Caller apiKey(String key) throws PlatformException {
    if (!isKey(key)) {
      throw unauthorized("This is no API key: one begins with wrn_ or e2b_ and has 32 hexadecimal digits after that.");
    }
    // One key has two spellings; the store knows it by the platform's own.
    KnownCallers.Key known = ask(accounts.known().keys(), Secrets.sha256(OWN + key.substring(OWN.length())), this::key).orElseThrow(() -> unauthorized("This API key is unknown or was revoked."));
    use.now(known.id());
    return known.caller();
  }

  private static boolean isKey(String key) {
    boolean is = key.length() == OWN.length() + DIGITS && SPELLINGS.contains(key.substring(0, OWN.length()));
    for (int i = OWN.length(); is && i < key.length(); i++) {
      char c = key.charAt(i);
      is = c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
    }
    return is;
  }

  @Override
  public Caller operator() throws PlatformException {
    UserRecord admin = accounts.call(s -> s.users().firstAdmin()).orElseThrow(
        () -> new PlatformException(Code.UNAVAILABLE, "There is no platform admin yet; the platform is starting. Try again in a moment."));
    MembershipRecord team = team(admin.id());
    return new Caller(Caller.Kind.OPERATOR, WireId.USER.format(admin.id()), "operator", WireId.USER.format(admin.id()), WireId.TEAM.format(team.team()),
        team.role(), true);
  }

  private Optional<Caller> session(SessionTokens.Claims claims) throws PlatformException {
    Optional<UserRecord> user = accounts.call(s -> s.users().find(claims.user()));
    if (user.isEmpty() || user.get().tokenEpoch() != claims.epoch()) {
      return Optional.empty();
    }
    active(user.get());
    return accounts.membership(claims.team(), claims.user()).map(m -> new Caller(Caller.Kind.USER, WireId.USER.format(user.get().id()), user.get().name(),
        WireId.USER.format(user.get().id()), WireId.TEAM.format(m.team()), m.role(), user.get().admin()));
  }

  private Optional<KnownCallers.Key> key(String hash) throws PlatformException {
    Optional<ApiKeyRecord> key = accounts.call(s -> s.apiKeys().findBySecretHash(hash));
    if (key.isEmpty() || accounts.call(s -> s.teams().find(key.get().team())).isEmpty()) {
      return Optional.empty();
    }
    UUID creator = key.get().createdBy().orElse(null);
    Optional<UserRecord> user = creator == null ? Optional.empty() : accounts.call(s -> s.users().find(creator));
    if (user.isPresent()) {
      active(user.get());
    }
    // A key acts for its team as a member; what its maker may do besides is no business of the key.
    return Optional.of(new KnownCallers.Key(key.get().id(), new Caller(Caller.Kind.API_KEY, WireId.API_KEY.format(key.get().id()), key.get().name(),
        WireId.USER.format(creator == null ? new UUID(0, 0) : creator), WireId.TEAM.format(key.get().team()), Caller.Role.MEMBER, false)));
  }

  private static void active(UserRecord user) throws PlatformException {
    if (user.status() != UserRecord.Status.ACTIVE) {
      throw new PlatformException(Code.ACCOUNT_DEACTIVATED, "The account behind this request is not active; ask a platform admin.");
    }
  }

  private MembershipRecord team(UUID user) throws PlatformException {
    List<MembershipRecord> teams = accounts.call(s -> s.memberships().ofUser(user));
    if (teams.isEmpty()) {
      throw new PlatformException(Code.FORBIDDEN, "You are in no team; ask a team's admin to add you.");
    }
    return teams.getFirst();
  }

  @FunctionalInterface
  private interface Question<K, V> {
    Optional<V> ask(K key) throws PlatformException;
  }

  private static <K, V> Optional<V> ask(ShortCache<K, V> cache, K key, Question<K, V> question) throws PlatformException {
    try {
      return cache.get(key, k -> {
        try {
          return question.ask(k);
        } catch (PlatformException e) {
          throw new Carried(e);
        }
      });
    } catch (Carried carried) {
      throw carried.error;
    }
  }

  private static final class Carried extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final PlatformException error;

    Carried(PlatformException error) {
      super(error.getMessage(), error, false, false);
      this.error = error;
    }
  }

  private static PlatformException refused() {
    return unauthorized("E-mail or password is wrong.");
  }

  private static PlatformException unauthorized(String message) {
    return new PlatformException(Code.UNAUTHORIZED, message);
  }
}
