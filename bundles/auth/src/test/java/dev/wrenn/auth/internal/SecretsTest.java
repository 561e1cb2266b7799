package dev.wrenn.auth.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.UserRecord;
import dev.wrenn.platform.PlatformException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private final SecureRandom random = new SecureRandom();
  private final PasswordHash passwords = new PasswordHash(random, 1000);

  @Test
  void aPasswordMatchesItsHashAndNoOther() {
    String hash = passwords.hash("correct horse");
    assertTrue(passwords.matches("correct horse", hash));
    assertFalse(passwords.matches("correct horsE", hash));
    assertNotEquals(hash, passwords.hash("correct horse"), "each hash has its own salt");
    assertFalse(passwords.matches("correct horse", "something else"));
  }

  @Test
  void aWeakerHashIsKnownAsOutdated() {
    String weak = new PasswordHash(random, 10).hash("x");
    assertTrue(passwords.matches("x", weak));
    assertTrue(passwords.outdated(weak));
    assertFalse(passwords.outdated(passwords.hash("x")));
  }

  @Test
  void aTokenIsReadUntilItExpires() {
    UserRecord user = user();
    UUID team = UUID.randomUUID();
    String token = tokens(NOW).make(user, team, "owner");
    SessionTokens.Claims claims = tokens(NOW.plusSeconds(3599)).read(token).orElseThrow();
    assertEquals(user.id(), claims.user());
    assertEquals(team, claims.team());
    assertEquals(7, claims.epoch());
    assertEquals(Optional.empty(), tokens(NOW.plusSeconds(3600)).read(token));
  }

  @Test
  void aForgedTokenIsRefused() {
    String token = tokens(NOW).make(user(), UUID.randomUUID(), "owner");
    String[] parts = token.split("\\.");
    String none = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes()) + "." + parts[1] + ".";
    SessionTokens other = new SessionTokens("another key of at least 32 characters", Duration.ofHours(1), Clock.fixed(NOW, ZoneOffset.UTC));
    for (String forged : new String[] {"", "x", "a.b.c", none, parts[0] + "." + parts[1] + ".AAAA", other.make(user(), UUID.randomUUID(), "owner"), "x".repeat(20_000)}) {
      assertEquals(Optional.empty(), tokens(NOW).read(forged), forged);
    }
  }

  @Test
  void aShortKeyIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new SessionTokens("short", Duration.ofHours(1), Clock.systemUTC()));
  }

  @Test
  void guessingIsSlowedDownAndForgivenLater() throws PlatformException {
    AtomicInteger seconds = new AtomicInteger();
    LoginLimiter limiter = new LoginLimiter(config(), new Ticking(seconds));
    for (int i = 0; i < 3; i++) {
      limiter.enter("a@b.c");
    }
    assertEquals(PlatformException.Code.RATE_LIMITED, assertThrows(PlatformException.class, () -> limiter.enter("a@b.c")).code());
    limiter.enter("other@b.c");
    seconds.addAndGet(301);
    limiter.enter("a@b.c");
    limiter.succeeded("a@b.c");
    for (int i = 0; i < 3; i++) {
      limiter.enter("a@b.c");
    }
  }

  @Test
  void whoHammersAtOneAccountLeavesTheOthersTheirShare() throws PlatformException {
    LoginLimiter limiter = new LoginLimiter(config(), new Ticking(new AtomicInteger()));
    for (int i = 0; i < 3; i++) {
      limiter.enter("a@b.c");
    }
    for (int i = 0; i < 100; i++) {
      assertThrows(PlatformException.class, () -> limiter.enter("a@b.c"));
    }
    limiter.enter("other@b.c");
  }

  @Test
  void allSignInsTogetherAreBounded() throws PlatformException {
    LoginLimiter limiter = new LoginLimiter(config(), new Ticking(new AtomicInteger()));
    for (int i = 0; i < 20; i++) {
      limiter.enter("user" + i);
    }
    assertThrows(PlatformException.class, () -> limiter.enter("one more"));
  }

  @Test
  void aSecretFileIsForItsOwnerOnlyAndKept(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("secrets/key");
    String made = Secrets.readOrMake(file, random, 32);
    assertEquals(64, made.length());
    assertEquals(made, Secrets.readOrMake(file, random, 32));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
  }

  private static SessionTokens tokens(Instant now) {
    return new SessionTokens("0123456789abcdef0123456789abcdef", Duration.ofHours(1), Clock.fixed(now, ZoneOffset.UTC));
  }

  private static UserRecord user() {
    return new UserRecord(UUID.randomUUID(), "a@b.c", Optional.empty(), "A", true, UserRecord.Status.ACTIVE, 7, NOW, NOW, Optional.empty());
  }

  static AuthConfig config() {
    return new AuthConfig() {
      @Override public String directory() {
        return "";
      }

      @Override public int session_minutes() {
        return 60;
      }

      @Override public int failures_per_email() {
        return 3;
      }

      @Override public int logins_per_minute() {
        return 20;
      }

      @Override public String first_admin_email() {
        return "admin@wrenn.local";
      }

      @Override public Class<? extends Annotation> annotationType() {
        return AuthConfig.class;
      }
    };
  }

  private static final class Ticking extends Clock {
    private final AtomicInteger seconds;

    Ticking(AtomicInteger seconds) {
      this.seconds = seconds;
    }

    @Override public java.time.ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override public Clock withZone(java.time.ZoneId zone) {
      return this;
    }

    @Override public Instant instant() {
      return NOW.plusSeconds(seconds.get());
    }
  }
}
