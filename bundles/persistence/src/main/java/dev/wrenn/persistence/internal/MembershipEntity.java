package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.platform.Caller.Role;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

@Entity(name = "Membership")
@Table(name = "memberships")
@IdClass(MembershipEntity.Key.class)
public class MembershipEntity {
  @Id @Column(name = "team_id") private UUID team;
  @Id @Column(name = "user_id") private UUID user;
  @Enumerated(EnumType.STRING) private Role role;
  @Column(name = "default_team") private boolean defaultTeam;
  @Column(name = "created_at") private Instant createdAt;

  protected MembershipEntity() {}

  MembershipEntity(MembershipRecord membership) {
    team = membership.team();
    user = membership.user();
    role = membership.role();
    defaultTeam = membership.defaultTeam();
    createdAt = membership.createdAt();
  }

  MembershipRecord read() {
    return new MembershipRecord(team, user, role, defaultTeam, createdAt);
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID team;
    private UUID user;

    public Key() {}

    Key(UUID team, UUID user) {
      this.team = team;
      this.user = user;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(team, key.team) && Objects.equals(user, key.user);
    }

    @Override
    public int hashCode() {
      return Objects.hash(team, user);
    }
  }
}
