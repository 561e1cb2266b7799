package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Capsules;
import dev.wrenn.persistence.IdempotencyRecord;
import jakarta.persistence.TypedQuery;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

record JpaCapsules(Transactions transactions, Clock clock) implements Capsules {
  @Override
  public CapsuleRecord insert(CapsuleRecord capsule, Optional<IdempotencyRecord> name) {
    return transactions.call(entities -> {
      CapsuleEntity entity = new CapsuleEntity(capsule, clock.instant());
      entities.persist(entity);
      entities.flush();
      name.ifPresent(named -> entities.persist(new IdempotencyEntity(named)));
      return entity;
    }).read();
  }

  @Override
  public Optional<CapsuleRecord> find(UUID id) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(CapsuleEntity.class, id))).map(CapsuleEntity::read);
  }

  @Override
  public Optional<CapsuleRecord> change(UUID id, UnaryOperator<CapsuleRecord> change) {
    return transactions.call(entities -> {
      CapsuleEntity entity = entities.find(CapsuleEntity.class, id);
      if (entity != null) {
        CapsuleRecord before = entity.read();
        CapsuleRecord after = change.apply(before);
        if (after != before) {
          entity.write(after, clock.instant());
        }
      }
      return Optional.ofNullable(entity);
    }).map(CapsuleEntity::read);
  }

  @Override
  public List<CapsuleRecord> ofTeam(UUID team, boolean ended, Optional<CapsuleRecord> after, int limit) {
    String query = "select c from Capsule c where c.team = :team"
        + (ended ? "" : " and c.ended = false")
        + (after.isEmpty() ? "" : " and (c.createdAt < :time or c.createdAt = :time and c.id < :id)")
        + " order by c.createdAt desc, c.id desc";
    return transactions.call(entities -> {
      TypedQuery<CapsuleEntity> page = entities.createQuery(query, CapsuleEntity.class).setParameter("team", team).setMaxResults(limit);
      after.ifPresent(last -> page.setParameter("time", last.createdAt()).setParameter("id", last.id()));
      return page.getResultList();
    }).stream().map(CapsuleEntity::read).toList();
  }

  @Override
  public List<CapsuleRecord> live() {
    return transactions.call(entities -> entities
        .createQuery("select c from Capsule c where c.ended = false order by c.createdAt, c.id", CapsuleEntity.class).getResultList())
        .stream().map(CapsuleEntity::read).toList();
  }
}
