package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleStatus;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Capsule")
@Table(name = "capsules")
public class CapsuleEntity {
  static final int REASON_LENGTH = 4000;
  static final int STEP_LENGTH = 64;

  @Id private UUID id;
  @Version private long version;
  @Column(name = "team_id") private UUID team;
  @Column(name = "host_id") private String host;
  @Enumerated(EnumType.STRING) private CapsuleStatus status;
  /** Follows the status; a column of its own so that the few that live are found among the many that don't. */
  private boolean ended;
  private String template;
  private int vcpus;
  @Column(name = "memory_mb") private int memoryMb;
  @Column(name = "disk_mb") private int diskMb;
  @Column(name = "timeout_sec") private int timeoutSec;
  private String address;
  @Column(name = "created_at") private Instant createdAt;
  @Column(name = "started_at") private Instant startedAt;
  @Column(name = "last_active_at") private Instant lastActiveAt;
  @Column(name = "last_updated") private Instant lastUpdated;
  @Column(name = "reason_step") private String reasonStep;
  private String reason;
  private String steps;
  private String metadata;
  private UUID owner;
  private String labels;
  private boolean egress;
  @Column(name = "public_ports") private boolean publicPorts;
  private boolean secured;
  @Column(name = "end_at") private Instant endAt;
  @Enumerated(EnumType.STRING) @Column(name = "on_end") private CapsuleOptions.Then onEnd;
  @Enumerated(EnumType.STRING) @Column(name = "on_idle") private CapsuleOptions.Then onIdle;
  private boolean wake;
  @Column(name = "lifetime_sec") private Long lifetimeSec;
  @Column(name = "left_ms") private Long leftMillis;

  protected CapsuleEntity() {}

  CapsuleEntity(CapsuleRecord capsule, Instant now) {
    id = capsule.id();
    team = capsule.team();
    template = capsule.spec().template();
    vcpus = capsule.spec().vcpus();
    memoryMb = capsule.spec().memoryMb();
    diskMb = capsule.spec().diskMb();
    timeoutSec = capsule.spec().timeoutSec();
    CapsuleOptions options = capsule.spec().options();
    labels = Json.ofFacts(options.labels());
    egress = options.egress();
    publicPorts = options.publicPorts();
    secured = options.secured();
    onEnd = options.onEnd();
    onIdle = options.onIdle();
    wake = options.wake();
    lifetimeSec = capsule.spec().lifetime().map(Duration::toSeconds).orElse(null);
    createdAt = MicrosConverter.cut(capsule.createdAt());
    write(capsule, now);
  }

  /** All that may change in the life of a capsule. */
  final void write(CapsuleRecord capsule, Instant now) {
    host = capsule.host().orElse(null);
    status = capsule.status();
    ended = status.ended();
    address = capsule.address().orElse(null);
    startedAt = capsule.startedAt().map(MicrosConverter::cut).orElse(null);
    lastActiveAt = capsule.lastActiveAt().map(MicrosConverter::cut).orElse(null);
    lastUpdated = MicrosConverter.cut(now);
    reasonStep = capsule.reason().map(why -> cut(why.step(), STEP_LENGTH)).orElse(null);
    reason = capsule.reason().map(why -> cut(why.message(), REASON_LENGTH)).orElse(null);
    steps = Json.ofSteps(capsule.steps());
    metadata = Json.ofFacts(capsule.metadata());
    owner = capsule.owner().orElse(null);
    endAt = capsule.endAt().map(MicrosConverter::cut).orElse(null);
    leftMillis = capsule.left().map(Duration::toMillis).orElse(null);
  }

  CapsuleRecord read() {
    return new CapsuleRecord(id, version, team, new CapsuleRecord.Spec(template, vcpus, memoryMb, diskMb, timeoutSec,
            new CapsuleOptions(Json.facts(labels), Map.of(), egress, publicPorts, secured).over(onEnd, onIdle, wake),
            Optional.ofNullable(lifetimeSec).map(Duration::ofSeconds)), status,
        Optional.ofNullable(host), Optional.ofNullable(address), createdAt, Optional.ofNullable(startedAt),
        Optional.ofNullable(lastActiveAt), lastUpdated,
        reason == null ? Optional.empty() : Optional.of(new Capsule.Reason(reasonStep, reason)), Json.steps(steps), Json.facts(metadata),
        Optional.ofNullable(owner), Optional.ofNullable(endAt), Optional.ofNullable(leftMillis).map(Duration::ofMillis));
  }

  static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }
}
