package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.Leases;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;

record JpaLeases(Transactions transactions) implements Leases {
  @Override
  public void hold(UUID owner, Instant until) {
    transactions.run(entities -> entities.merge(new LeaseEntity(owner, until)));
  }

  @Override
  public void release(UUID owner) {
    transactions.run(entities -> entities.createQuery("delete from Lease l where l.owner = :owner").setParameter("owner", owner)
        .executeUpdate());
  }

  @Override
  public Set<UUID> holders(Instant now) {
    return Set.copyOf(transactions.call(entities -> {
      entities.createQuery("delete from Lease l where l.heldUntil <= :now").setParameter("now", now).executeUpdate();
      return entities.createQuery("select l.owner from Lease l", UUID.class).getResultList();
    }));
  }
}
