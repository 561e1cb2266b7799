package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.IdempotencyKeys;
import dev.wrenn.persistence.IdempotencyRecord;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

record JpaIdempotencyKeys(Transactions transactions) implements IdempotencyKeys {
  @Override
  public Optional<IdempotencyRecord> find(UUID team, String name) {
    return transactions.call(entities -> Optional.ofNullable(
        entities.find(IdempotencyEntity.class, new IdempotencyEntity.Key(team, name)))).map(IdempotencyEntity::read);
  }

  @Override
  public void release(UUID capsule) {
    transactions.run(entities -> entities.createQuery("delete from Idempotency i where i.capsule = :capsule")
        .setParameter("capsule", capsule).executeUpdate());
  }

  @Override
  public int purge(Instant before) {
    return transactions.call(entities -> entities.createQuery("delete from Idempotency i where i.createdAt < :before")
        .setParameter("before", before).executeUpdate());
  }
}
