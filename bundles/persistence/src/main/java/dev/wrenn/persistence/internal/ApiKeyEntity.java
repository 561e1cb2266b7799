package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.ApiKeyRecord;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "ApiKey")
@Table(name = "api_keys")
public class ApiKeyEntity {
  @Id private UUID id;
  @Column(name = "team_id") private UUID team;
  private String name;
  @Column(name = "secret_hash") private String secretHash;
  private String prefix;
  @Column(name = "created_by") private UUID createdBy;
  @Column(name = "created_at") private Instant createdAt;
  @Column(name = "last_used_at") private Instant lastUsed;

  protected ApiKeyEntity() {}

  ApiKeyEntity(ApiKeyRecord key) {
    id = key.id();
    team = key.team();
    name = key.name();
    secretHash = key.secretHash();
    prefix = key.prefix();
    createdBy = key.createdBy().orElse(null);
    createdAt = key.createdAt();
    lastUsed = key.lastUsed().orElse(null);
  }

  ApiKeyRecord read() {
    return new ApiKeyRecord(id, team, name, secretHash, prefix, Optional.ofNullable(createdBy), createdAt, Optional.ofNullable(lastUsed));
  }
}
