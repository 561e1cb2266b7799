package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamLimits;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

@Entity(name = "Limits")
@Table(name = "team_limits")
public class LimitsEntity {
  @Id @Column(name = "team_id") private UUID team;
  private int vcpus;
  @Column(name = "memory_mb") private int memoryMb;
  @Column(name = "disk_mb") private int diskMb;
  @Column(name = "timeout_sec") private int timeoutSec;
  private int running;
  @Column(name = "total_vcpus") private int totalVcpus;
  @Column(name = "total_memory_mb") private long totalMemoryMb;

  protected LimitsEntity() {}

  LimitsEntity(UUID team, TeamLimits.Row limits) {
    this.team = team;
    vcpus = limits.vcpus();
    memoryMb = limits.memoryMb();
    diskMb = limits.diskMb();
    timeoutSec = limits.timeoutSec();
    running = limits.running();
    totalVcpus = limits.totalVcpus();
    totalMemoryMb = limits.totalMemoryMb();
  }

  TeamLimits.Row read() {
    return new TeamLimits.Row(vcpus, memoryMb, diskMb, timeoutSec, running, totalVcpus, totalMemoryMb);
  }
}
