package dev.wrenn.persistence;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * @param email trimmed and in lower case; unique, of deleted users too
 * @param passwordHash as the auth bundle made it; empty for those who sign in elsewhere
 * @param tokenEpoch session tokens of an older epoch are void
 */
public record UserRecord(
    UUID id, String email, Optional<String> passwordHash, String name, boolean admin, Status status, long tokenEpoch,
    Instant createdAt, Instant updatedAt, Optional<Instant> deletedAt) {
  public enum Status { INACTIVE, ACTIVE, DISABLED, DELETED }

  /** A new password in another strength of the same one: tokens stay valid. */
  public UserRecord withRehashed(String hash) {
    return new UserRecord(id, email, Optional.of(hash), name, admin, status, tokenEpoch, createdAt, updatedAt, deletedAt);
  }

  /** Another password: tokens made before become void. */
  public UserRecord withPassword(String hash) {
    return new UserRecord(id, email, Optional.of(hash), name, admin, status, tokenEpoch + 1, createdAt, updatedAt, deletedAt);
  }

  public UserRecord withStatus(Status next) {
    return new UserRecord(id, email, passwordHash, name, admin, next, tokenEpoch, createdAt, updatedAt, deletedAt);
  }

  public UserRecord withAdmin(boolean next) {
    return new UserRecord(id, email, passwordHash, name, next, status, tokenEpoch, createdAt, updatedAt, deletedAt);
  }
}
