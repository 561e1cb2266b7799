package dev.wrenn.persistence;

import dev.wrenn.platform.Caller.Role;
import java.time.Instant;
import java.util.UUID;

/** @param defaultTeam whether the user lands in this team at sign-in */
public record MembershipRecord(UUID team, UUID user, Role role, boolean defaultTeam, Instant createdAt) {}
