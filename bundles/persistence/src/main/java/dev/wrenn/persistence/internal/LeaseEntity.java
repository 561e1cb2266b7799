package dev.wrenn.persistence.internal;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity(name = "Lease")
@Table(name = "leases")
public class LeaseEntity {
  @Id private UUID owner;
  @Column(name = "held_until") private Instant heldUntil;

  protected LeaseEntity() {}

  LeaseEntity(UUID owner, Instant heldUntil) {
    this.owner = owner;
    this.heldUntil = heldUntil;
  }
}
