package dev.wrenn.persistence;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The database. The service is there only when the database has been reached and its schema is up to date. Each call of a repository
 * is one transaction, durable when it returns. Thread-safe; calls block for at most some seconds. Any call may throw a
 * {@link StoreException}.
 */
@ProviderType
public interface Store {
  Teams teams();

  Users users();

  Memberships memberships();

  ApiKeys apiKeys();

  Capsules capsules();

  IdempotencyKeys idempotencyKeys();

  Ports ports();

  TeamLimits limits();

  TeamUse use();

  Templates templates();
  KeptMetrics metrics();

  Leases leases();

  Settings settings();

  /** Whether this process is the only one that can use the database: true for H2's file, false for PostgreSQL. */
  boolean exclusive();

  /** @return why this one closed itself and is of no more use, when that is known; {@code FULL} for want of room */
  default Optional<StoreException> failure() {
    return Optional.empty();
  }

  /** For people: product, version and place; no secrets. */
  String description();
}
