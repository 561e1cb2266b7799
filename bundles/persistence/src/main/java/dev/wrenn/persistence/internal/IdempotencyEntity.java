package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.IdempotencyRecord;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

@Entity(name = "Idempotency")
@Table(name = "idempotency_keys")
@IdClass(IdempotencyEntity.Key.class)
public class IdempotencyEntity {
  @Id @Column(name = "team_id") private UUID team;
  @Id private String name;
  @Column(name = "request_hash") private String requestHash;
  @Column(name = "capsule_id") private UUID capsule;
  @Column(name = "created_at") private Instant createdAt;

  protected IdempotencyEntity() {}

  IdempotencyEntity(IdempotencyRecord key) {
    team = key.team();
    name = key.name();
    requestHash = key.requestHash();
    capsule = key.capsule();
    createdAt = key.createdAt();
  }

  IdempotencyRecord read() {
    return new IdempotencyRecord(team, name, requestHash, capsule, createdAt);
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID team;
    private String name;

    public Key() {}

    Key(UUID team, String name) {
      this.team = team;
      this.name = name;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(team, key.team) && Objects.equals(name, key.name);
    }

    @Override
    public int hashCode() {
      return Objects.hash(team, name);
    }
  }
}
