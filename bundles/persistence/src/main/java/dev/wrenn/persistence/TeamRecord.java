package dev.wrenn.persistence;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** @param slug unique and never changed */
public record TeamRecord(UUID id, String name, String slug, Instant createdAt, Optional<Instant> deletedAt) {}
