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

@Entity(name = "Hour")
@Table(name = "team_hours")
@IdClass(HourEntity.Key.class)
public class HourEntity {
  @Id @Column(name = "team_id") private UUID team;
  @Id @Column(name = "hour_at") private long hourAt;
  private int running;
  private int vcpus;
  @Column(name = "memory_mb") private long memoryMb;

  protected HourEntity() {}

  HourEntity(UUID team, long at, Use use) {
    this.team = team;
    hourAt = at;
    running = use.running();
    vcpus = use.vcpus();
    memoryMb = use.memoryMb();
  }

  UUID team() {
    return team;
  }

  void atLeast(Use use) {
    running = Math.max(running, use.running());
    vcpus = Math.max(vcpus, use.vcpus());
    memoryMb = Math.max(memoryMb, use.memoryMb());
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID team;
    private long hourAt;

    public Key() {}

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(team, key.team) && hourAt == key.hourAt;
    }

    @Override
    public int hashCode() {
      return Objects.hash(team, hourAt);
    }
  }
}
