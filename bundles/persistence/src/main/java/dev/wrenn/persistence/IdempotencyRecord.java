package dev.wrenn.persistence;

import java.time.Instant;
import java.util.UUID;

/**
 * A request that was named by its caller.
 *
 * @param name what the caller called it; unique in the team
 * @param requestHash of what was asked for
 * @param capsule what came, or will come, of it
 */
public record IdempotencyRecord(UUID team, String name, String requestHash, UUID capsule, Instant createdAt) {}
