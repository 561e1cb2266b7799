package dev.wrenn.auth.internal;

import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.TeamRecord;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.platform.Caller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the first platform admin when there is no user at all. The password goes to a file before the row goes to the store: a crash in
 * between leaves a password that the next start uses, never an admin whose password nobody knows.
 */
final class FirstAdmin {
  private static final Logger LOG = LoggerFactory.getLogger(FirstAdmin.class);
  private final Path file;
  private final String email;
  private final PasswordHash passwords;
  private final SecureRandom random;

  FirstAdmin(Path file, String email, PasswordHash passwords, SecureRandom random) {
    this.file = file;
    this.email = email;
    this.passwords = passwords;
    this.random = random;
  }

  /** Idempotent. */
  void ensure(Store store) throws IOException {
    if (store.users().any()) {
      return;
    }
    String password = recordedPassword().orElseGet(() -> Secrets.hex(random, 12));
    Secrets.write(file, "# The first admin. Change the password after signing in, then delete this file.\nemail=" + email + "\npassword=" + password + "\n");
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    UserRecord user = new UserRecord(UUID.randomUUID(), email, Optional.of(passwords.hash(password)), "Admin", true, UserRecord.Status.ACTIVE, 0, now,
        now, Optional.empty());
    TeamRecord team = new TeamRecord(UUID.randomUUID(), "Admin's Team", Secrets.hex(random, 3) + "-" + Secrets.hex(random, 3), now, Optional.empty());
    try {
      store.users().insert(user, team, new MembershipRecord(team.id(), user.id(), Caller.Role.OWNER, true, now));
      LOG.info("Made the first admin {}; the password is in {}", email, file);
    } catch (StoreException e) {
      if (e.code() != StoreException.Code.DUPLICATE) {
        throw e;
      }
      LOG.info("Another instance has made the first admin {}; the password is with that one", email);
      forgetUnless(store.users().findByEmail(email), password);
    }
  }

  /** A password that opens nothing must not lie about. */
  private void forgetUnless(Optional<UserRecord> admin, String password) throws IOException {
    if (admin.flatMap(UserRecord::passwordHash).filter(hash -> passwords.matches(password, hash)).isEmpty()) {
      Files.deleteIfExists(file);
    }
  }

  private Optional<String> recordedPassword() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Properties known = new Properties();
    try (var in = Files.newBufferedReader(file)) {
      known.load(in);
    }
    return email.equals(known.getProperty("email")) ? Optional.ofNullable(known.getProperty("password")).filter(p -> p.length() >= 8) : Optional.empty();
  }
}
