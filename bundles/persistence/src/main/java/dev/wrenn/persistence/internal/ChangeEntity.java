package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.ChangeRecord;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Change")
@Table(name = "capsule_changes")
@IdClass(ChangeEntity.Key.class)
public class ChangeEntity {
  @Id @Column(name = "capsule_id") private UUID capsule;
  @Id private long version;
  @Column(name = "happened_at") private Instant happenedAt;
  @Enumerated(EnumType.STRING) private CapsuleStatus status;
  @Column(name = "reason_step") private String reasonStep;
  private String reason;
  private String steps;

  protected ChangeEntity() {}

  /** @param version that the capsule gets by this change @param took what the way into the state took */
  ChangeEntity(CapsuleRecord after, long version, List<Capsule.Step> took, Instant now) {
    capsule = after.id();
    this.version = version;
    happenedAt = MicrosConverter.cut(now);
    status = after.status();
    reasonStep = after.reason().map(why -> CapsuleEntity.cut(why.step(), CapsuleEntity.STEP_LENGTH)).orElse(null);
    reason = after.reason().map(why -> CapsuleEntity.cut(why.message(), CapsuleEntity.REASON_LENGTH)).orElse(null);
    steps = Json.ofSteps(took);
  }

  ChangeRecord read() {
    return new ChangeRecord(capsule, version, happenedAt, status,
        reason == null ? Optional.empty() : Optional.of(new Capsule.Reason(reasonStep, reason)), Json.steps(steps));
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID capsule;
    private long version;

    public Key() {}

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(capsule, key.capsule) && version == key.version;
    }

    @Override
    public int hashCode() {
      return Objects.hash(capsule, version);
    }
  }
}
