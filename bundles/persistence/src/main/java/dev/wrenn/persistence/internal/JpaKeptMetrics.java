package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.KeptMetrics;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

record JpaKeptMetrics(Transactions transactions) implements KeptMetrics {
  @Override
  public void put(UUID capsule, Map<String, String> pointsByTier) {
    transactions.run(entities -> pointsByTier.forEach((tier, points) -> entities.merge(new MetricsEntity(capsule, tier, points))));
  }

  @Override
  public Optional<String> find(UUID capsule, String tier) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(MetricsEntity.class, new MetricsEntity.Key(capsule, tier))))
        .map(MetricsEntity::points);
  }

  @Override
  public void remove(UUID capsule) {
    transactions.run(entities -> entities.createQuery("delete from Metrics m where m.capsule = :capsule").setParameter("capsule", capsule).executeUpdate());
  }
}
