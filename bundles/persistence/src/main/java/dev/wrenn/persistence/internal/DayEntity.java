package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamUse;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.LocalDate;
import java.util.Objects;
import java.util.UUID;

@Entity(name = "Day")
@Table(name = "team_days")
@IdClass(DayEntity.Key.class)
public class DayEntity {
  @Id @Column(name = "team_id") private UUID team;
  @Id @Column(name = "usage_day") private LocalDate day;
  @Column(name = "cpu_seconds") private long cpuSeconds;
  @Column(name = "memory_mb_seconds") private long memoryMbSeconds;

  protected DayEntity() {}

  DayEntity(UUID team, LocalDate day) {
    this.team = team;
    this.day = day;
  }

  UUID team() {
    return team;
  }

  void add(TeamUse.Use use, long seconds) {
    cpuSeconds += use.vcpus() * seconds;
    memoryMbSeconds += use.memoryMb() * seconds;
  }

  TeamUse.Day read() {
    return new TeamUse.Day(day, cpuSeconds, memoryMbSeconds);
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID team;
    private LocalDate day;

    public Key() {}

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(team, key.team) && Objects.equals(day, key.day);
    }

    @Override
    public int hashCode() {
      return Objects.hash(team, day);
    }
  }
}
