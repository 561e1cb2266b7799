package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.UserRecord;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "User")
@Table(name = "users")
public class UserEntity {
  @Id private UUID id;
  private String email;
  @Column(name = "password_hash") private String passwordHash;
  private String name;
  private boolean admin;
  @Enumerated(EnumType.STRING) private UserRecord.Status status;
  @Column(name = "token_epoch") private long tokenEpoch;
  @Column(name = "created_at") private Instant createdAt;
  @Column(name = "updated_at") private Instant updatedAt;
  @Column(name = "deleted_at") private Instant deletedAt;

  protected UserEntity() {}

  UserEntity(UserRecord user) {
    id = user.id();
    createdAt = user.createdAt();
    write(user, user.updatedAt());
  }

  final void write(UserRecord user, Instant now) {
    email = user.email();
    passwordHash = user.passwordHash().orElse(null);
    name = user.name();
    admin = user.admin();
    status = user.status();
    tokenEpoch = user.tokenEpoch();
    updatedAt = MicrosConverter.cut(now);
    deletedAt = user.deletedAt().orElse(null);
  }

  UserRecord read() {
    return new UserRecord(id, email, Optional.ofNullable(passwordHash), name, admin, status, tokenEpoch, createdAt, updatedAt,
        Optional.ofNullable(deletedAt));
  }
}
