package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TemplateRecord;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity(name = "Template")
@Table(name = "templates")
public class TemplateEntity {
  @Id private UUID id;
  @Column(name = "team_id") private UUID team;
  private String name;
  @Column(name = "host_id") private String host;
  @Column(name = "host_key") private String hostKey;
  private int vcpus;
  @Column(name = "memory_mb") private int memoryMb;
  @Column(name = "disk_mb") private int diskMb;
  @Column(name = "size_bytes") private long sizeBytes;
  private String metadata;
  @Column(name = "created_at") private Instant createdAt;

  protected TemplateEntity() {}

  TemplateEntity(TemplateRecord template) {
    id = template.id();
    team = template.team();
    name = template.name();
    host = template.host();
    hostKey = template.hostKey();
    vcpus = template.vcpus();
    memoryMb = template.memoryMb();
    diskMb = template.diskMb();
    sizeBytes = template.sizeBytes();
    metadata = Json.ofFacts(template.metadata());
    createdAt = template.createdAt();
  }

  TemplateRecord read() {
    return new TemplateRecord(id, team, name, host, hostKey, vcpus, memoryMb, diskMb, sizeBytes, Json.facts(metadata), createdAt);
  }
}
