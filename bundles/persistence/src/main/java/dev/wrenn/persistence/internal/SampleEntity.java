package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamUse.Use;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.Objects;
import java.util.UUID;

@Entity(name = "Sample")
@Table(name = "team_samples")
@IdClass(SampleEntity.Key.class)
public class SampleEntity {
  @Id @Column(name = "team_id") private UUID team;
  @Id @Column(name = "sampled_at") private long sampledAt;
  private int running;
  private int vcpus;
  @Column(name = "memory_mb") private long memoryMb;

  protected SampleEntity() {}

  SampleEntity(UUID team, long at, Use use) {
    this.team = team;
    sampledAt = at;
    running = use.running();
    vcpus = use.vcpus();
    memoryMb = use.memoryMb();
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID team;
    private long sampledAt;

    public Key() {}

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(team, key.team) && sampledAt == key.sampledAt;
    }

    @Override
    public int hashCode() {
      return Objects.hash(team, sampledAt);
    }
  }
}
