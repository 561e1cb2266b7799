package dev.wrenn.persistence.internal;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.Objects;
import java.util.UUID;

@Entity(name = "Metrics")
@Table(name = "capsule_metrics")
@IdClass(MetricsEntity.Key.class)
public class MetricsEntity {
  @Id @Column(name = "capsule_id") private UUID capsule;
  @Id private String tier;
  private String points;

  protected MetricsEntity() {}

  MetricsEntity(UUID capsule, String tier, String points) {
    this.capsule = capsule;
    this.tier = tier;
    this.points = points;
  }

  String points() {
    return points;
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID capsule;
    private String tier;

    public Key() {}

    Key(UUID capsule, String tier) {
      this.capsule = capsule;
      this.tier = tier;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(capsule, key.capsule) && Objects.equals(tier, key.tier);
    }

    @Override
    public int hashCode() {
      return Objects.hash(capsule, tier);
    }
  }
}
