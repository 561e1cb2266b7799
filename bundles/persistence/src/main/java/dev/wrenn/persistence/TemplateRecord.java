package dev.wrenn.persistence;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * A saved capsule from which others start.
 *
 * @param host that has it
 * @param hostKey under which the host knows it
 * @param metadata versions of what was saved
 */
public record TemplateRecord(
    UUID id, UUID team, String name, String host, String hostKey, int vcpus, int memoryMb, int diskMb, long sizeBytes, Map<String, String> metadata,
    Instant createdAt) {
  /** Begins the names of what is only about to be saved. No template's name begins so. */
  public static final String INTENT = "~";

  public TemplateRecord {
    metadata = Map.copyOf(metadata);
  }
}
