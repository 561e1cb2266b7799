package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamRecord;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Team")
@Table(name = "teams")
public class TeamEntity {
  @Id private UUID id;
  private String name;
  private String slug;
  @Column(name = "created_at") private Instant createdAt;
  @Column(name = "deleted_at") private Instant deletedAt;

  protected TeamEntity() {}

  TeamEntity(TeamRecord team) {
    id = team.id();
    name = team.name();
    slug = team.slug();
    createdAt = team.createdAt();
    deletedAt = team.deletedAt().orElse(null);
  }

  TeamRecord read() {
    return new TeamRecord(id, name, slug, createdAt, Optional.ofNullable(deletedAt));
  }
}
