package dev.wrenn.auth.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.persistence.internal.TestDatabases;
import dev.wrenn.platform.ApiKeyService.ApiKey;
import dev.wrenn.platform.ApiKeyService.NewApiKey;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.SignIn.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Sign-in on a real store, from the very first start on. */
class StoreSignInTest {
  private static final String EMAIL = "admin@wrenn.local";
  private final SecureRandom random = new SecureRandom();
  @TempDir Path directory;
  private TestDatabases.Opened database;
  private Accounts accounts;
  private KeyUse use;
  private StoreSignIn signIn;
  private StoreApiKeys keys;

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(directory.resolve("db"));
    database = TestDatabases.store(directory);
    open(database.store());
  }

  private void open(Store store) throws Exception {
    // Few rounds, as the strength of the hash is not what is tested here.
    accounts = new Accounts(SecretsTest.config(), Map.of("WRENN_DIR", directory.toString()), random, new PasswordHash(random, 1000));
    accounts.bindStore(store);
    use = new KeyUse(accounts);
    signIn = new StoreSignIn(accounts, use);
    keys = new StoreApiKeys(accounts);
    until("there is an admin", () -> store.users().any());
  }

  @AfterEach
  void stop() {
    shut();
    database.close();
  }

  private void shut() {
    use.stop();
    accounts.unbindStore(database.store());
    accounts.stop();
  }

  private static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within ten seconds: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  private static void refused(Code code, Executable call) {
    assertEquals(code, assertThrows(PlatformException.class, call).code());
  }

  private Properties told() throws IOException {
    Properties told = new Properties();
    try (var in = Files.newBufferedReader(directory.resolve("first-admin.properties"))) {
      told.load(in);
    }
    return told;
  }

  private Session login() throws Exception {
    return signIn.login(EMAIL, told().getProperty("password"));
  }

  private UUID admin() {
    return database.store().users().firstAdmin().orElseThrow().id();
  }

  @Test
  void makesAnAdminWhosePasswordIsInAFileOfItsOwners() throws Exception {
    assertEquals(EMAIL, told().getProperty("email"));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("first-admin.properties"))));
    Session session = login();
    assertEquals(EMAIL, session.email());
    Caller caller = signIn.bearer(session.token());
    assertEquals(Caller.Kind.USER, caller.kind());
    assertEquals(Caller.Role.OWNER, caller.role());
    assertTrue(caller.admin());
    assertEquals(session.teamId(), caller.teamId());
    assertEquals(caller.teamId(), signIn.operator().teamId());
    assertEquals(Caller.Kind.OPERATOR, signIn.operator().kind());
  }

  @Test
  void usesThePasswordThatACrashLeftBehind(@TempDir Path other) throws Exception {
    Files.createDirectories(other.resolve("db"));
    Path file = other.resolve("first-admin.properties");
    Secrets.write(file, "email=" + EMAIL + "\npassword=left by a crash\n");
    try (TestDatabases.Opened empty = TestDatabases.store(other)) {
      new FirstAdmin(file, EMAIL, new PasswordHash(random, 1000), random).ensure(empty.store());
      String hash = empty.store().users().findByEmail(EMAIL).orElseThrow().passwordHash().orElseThrow();
      assertTrue(new PasswordHash(random, 1000).matches("left by a crash", hash));
    }
  }

  @Test
  void makesNoSecondAdmin() throws Exception {
    String password = told().getProperty("password");
    shut();
    open(database.store());
    assertEquals(password, told().getProperty("password"));
    assertEquals(EMAIL, login().email());
  }

  @Test
  void refusesTheUnknownAndTheWrongAlike() throws Exception {
    PlatformException unknown = assertThrows(PlatformException.class, () -> signIn.login("nobody@wrenn.local", "x"));
    PlatformException wrong = assertThrows(PlatformException.class, () -> signIn.login(EMAIL, "x"));
    assertEquals(Code.UNAUTHORIZED, unknown.code());
    assertEquals(unknown.getMessage(), wrong.getMessage());
    refused(Code.UNAUTHORIZED, () -> signIn.login(EMAIL, "x".repeat(2000)));
    assertEquals(EMAIL, signIn.login("  Admin@Wrenn.LOCAL ", told().getProperty("password")).email());
    for (int i = 0; i < 3; i++) {
      refused(Code.UNAUTHORIZED, () -> signIn.login(EMAIL, "x"));
    }
    String right = told().getProperty("password");
    refused(Code.RATE_LIMITED, () -> signIn.login(EMAIL, right));
  }

  @Test
  void asksTheStoreWhatASessionMayDo() throws Exception {
    Session session = login();
    signIn.bearer(session.token());
    database.store().users().change(admin(), user -> user.withAdmin(false));
    until("the right is gone", () -> !signIn.bearer(session.token()).admin());
    UUID user = WireId.USER.parse(session.userId()).orElseThrow();
    UUID team = WireId.TEAM.parse(session.teamId()).orElseThrow();
    database.store().memberships().delete(team, user);
    until("the membership is gone", () -> {
      try {
        signIn.bearer(session.token());
        return false;
      } catch (PlatformException e) {
        return e.code() == Code.UNAUTHORIZED;
      }
    });
  }

  @Test
  void shutsOutADisabledAccountAndItsKeys() throws Exception {
    Session session = login();
    NewApiKey key = keys.create(signIn.bearer(session.token()), Optional.empty());
    database.store().users().change(admin(), user -> user.withStatus(UserRecord.Status.DISABLED));
    for (Executable call : List.<Executable>of(() -> signIn.bearer(session.token()), () -> signIn.apiKey(key.secret()))) {
      until("it is shut out", () -> {
        try {
          call.execute();
          return false;
        } catch (PlatformException e) {
          return e.code() == Code.ACCOUNT_DEACTIVATED;
        } catch (Throwable e) {
          throw new AssertionError(e);
        }
      });
    }
    refused(Code.ACCOUNT_DISABLED, this::login);
  }

  @Test
  void voidsSessionsWithAnotherPassword() throws Exception {
    Session before = login();
    String hash = accounts.passwords().hash("another password");
    database.store().users().change(admin(), user -> user.withPassword(hash));
    refused(Code.UNAUTHORIZED, () -> signIn.bearer(before.token()));
    signIn.bearer(signIn.login(EMAIL, "another password").token());
  }

  @Test
  void strengthensAWeakHashWithoutEndingSessions() throws Exception {
    String weak = new PasswordHash(random, 10).hash(told().getProperty("password"));
    database.store().users().change(admin(), user -> user.withRehashed(weak));
    Session session = login();
    String now = database.store().users().firstAdmin().orElseThrow().passwordHash().orElseThrow();
    assertTrue(now.startsWith("pbkdf2-sha256$1000$"), now);
    signIn.bearer(session.token());
    login();
  }

  @Test
  void refusesTokensOfOthers() throws Exception {
    String token = login().token();
    for (String bad : List.of("", "x", "a.b.c", token.substring(0, token.length() - 2), "x".repeat(10_000),
        // {"alg":"none"} in place of the header
        "eyJhbGciOiJub25lIn0" + token.substring(token.indexOf('.')))) {
      refused(Code.UNAUTHORIZED, () -> signIn.bearer(bad));
    }
  }

  @Test
  void knowsAKeyInBothSpellingsUntilItIsRevoked() throws Exception {
    Caller caller = signIn.bearer(login().token());
    NewApiKey made = keys.create(caller, Optional.of(" ci "));
    assertTrue(made.secret().matches("wrn_[0-9a-f]{32}"), "shape of the key");
    assertEquals("ci", made.key().name());
    assertEquals(made.secret().substring(0, 10), made.key().prefix());
    Caller byKey = signIn.apiKey(made.secret());
    assertEquals(Caller.Kind.API_KEY, byKey.kind());
    assertEquals(caller.teamId(), byKey.teamId());
    assertEquals(caller.userId(), byKey.userId());
    assertFalse(byKey.admin());
    assertEquals(byKey, signIn.apiKey(made.e2bSecret()));
    refused(Code.UNAUTHORIZED, () -> signIn.apiKey(made.secret().substring(0, 35)));
    refused(Code.UNAUTHORIZED, () -> signIn.apiKey("wrn_" + "0".repeat(32)));
    for (String bad : List.of("", "wrn_", "wrx_" + made.secret().substring(4), made.secret() + "0", made.secret().toUpperCase(java.util.Locale.ROOT),
        "wrn_" + made.secret().substring(4, 35) + "g", "wrn_" + "\u0660".repeat(32))) {
      refused(Code.UNAUTHORIZED, () -> signIn.apiKey(bad));
    }
    keys.revoke(caller, made.key().id());
    refused(Code.UNAUTHORIZED, () -> signIn.apiKey(made.secret()));
    keys.revoke(caller, made.key().id());
  }

  @Test
  void hearsOfAKeyThatAnotherControlPlaneRevoked() throws Exception {
    Caller caller = signIn.bearer(login().token());
    NewApiKey made = keys.create(caller, Optional.empty());
    signIn.apiKey(made.secret());
    database.store().apiKeys().delete(WireId.TEAM.parse(caller.teamId()).orElseThrow(), WireId.API_KEY.parse(made.key().id()).orElseThrow());
    until("it is unknown", () -> {
      try {
        signIn.apiKey(made.secret());
        return false;
      } catch (PlatformException e) {
        return e.code() == Code.UNAUTHORIZED;
      }
    });
  }

  @Test
  void listsKeysOfTheTeamWithoutSecrets() throws Exception {
    Caller caller = signIn.bearer(login().token());
    NewApiKey first = keys.create(caller, Optional.empty());
    NewApiKey second = keys.create(caller, Optional.of("x".repeat(100)));
    refused(Code.INVALID_REQUEST, () -> keys.create(caller, Optional.of("x".repeat(101))));
    refused(Code.INVALID_REQUEST, () -> keys.revoke(caller, "key-nonsense"));
    List<ApiKey> listed = keys.list(caller);
    assertEquals(List.of(second.key().id(), first.key().id()), listed.stream().map(ApiKey::id).toList());
    assertEquals("Unnamed API Key", listed.getLast().name());
    assertEquals(Optional.of(EMAIL), listed.getFirst().creatorEmail());
    assertFalse(listed.toString().contains(first.secret().substring(10)));
    signIn.apiKey(first.secret());
    use.stop();
    assertTrue(keys.list(caller).getLast().lastUsed().isPresent());
  }

  @Test
  void recognisesAKeyFastEnoughForEveryRequest() throws Exception {
    String secret = keys.create(signIn.bearer(login().token()), Optional.empty()).secret();
    for (int i = 0; i < 20_000; i++) {
      signIn.apiKey(secret);
    }
    long begun = System.nanoTime();
    for (int i = 0; i < 20_000; i++) {
      signIn.apiKey(secret);
    }
    double micros = (System.nanoTime() - begun) / 20_000e3;
    assertTrue(micros < 100, micros + " µs for each");
  }
}
