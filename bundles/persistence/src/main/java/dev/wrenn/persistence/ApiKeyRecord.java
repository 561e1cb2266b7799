package dev.wrenn.persistence;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * @param secretHash SHA-256 of the whole key, in hex
 * @param prefix first characters of the key, to recognise it
 * @param createdBy empty when that user is gone
 */
public record ApiKeyRecord(
    UUID id, UUID team, String name, String secretHash, String prefix, Optional<UUID> createdBy, Instant createdAt,
    Optional<Instant> lastUsed) {}
