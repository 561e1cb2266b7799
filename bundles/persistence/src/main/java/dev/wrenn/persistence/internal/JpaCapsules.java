package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Capsules;
import dev.wrenn.persistence.ChangeRecord;
import dev.wrenn.persistence.IdempotencyRecord;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.TypedQuery;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

record JpaCapsules(Transactions transactions, Clock clock) implements Capsules {
  /** Of one that goes missing and comes back for years, the last so many. */
  private static final int CHANGES_KEPT = 200;
  private static final List<CapsuleStatus> HOLDING = List.of(CapsuleStatus.PENDING, CapsuleStatus.STARTING, CapsuleStatus.RUNNING,
      CapsuleStatus.PAUSING, CapsuleStatus.RESUMING, CapsuleStatus.MISSING);
  private static final List<CapsuleStatus> BOUND_TO_END = List.of(CapsuleStatus.RUNNING, CapsuleStatus.MISSING);

  @Override
  public Optional<CapsuleRecord> insert(CapsuleRecord capsule, Optional<IdempotencyRecord> name, Predicate<Held> admit) {
    return transactions.call(entities -> {
      entities.find(TeamEntity.class, capsule.team(), LockModeType.PESSIMISTIC_WRITE);
      if (!admit.test(held(entities, capsule.team()))) {
        return Optional.<CapsuleEntity>empty();
      }
      Instant now = clock.instant();
      CapsuleEntity entity = new CapsuleEntity(capsule, now);
      entities.persist(entity);
      entities.flush();
      entities.persist(new ChangeEntity(capsule, entity.read().version(), List.of(), now));
      name.ifPresent(named -> entities.persist(new IdempotencyEntity(named)));
      return Optional.of(entity);
    }).map(CapsuleEntity::read);
  }

  private static Held held(EntityManager entities, UUID team) {
    Object[] sums = entities.createQuery(
        "select count(c), sum(c.vcpus), sum(c.memoryMb) from Capsule c where c.team = :team and c.ended = false and c.status in :holding", Object[].class)
        .setParameter("team", team).setParameter("holding", HOLDING).getSingleResult();
    return new Held(((Number) sums[0]).intValue(), sums[1] == null ? 0 : ((Number) sums[1]).longValue(),
        sums[2] == null ? 0 : ((Number) sums[2]).longValue());
  }

  @Override
  public Optional<CapsuleRecord> find(UUID id) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(CapsuleEntity.class, id))).map(CapsuleEntity::read);
  }

  @Override
  public Optional<CapsuleRecord> change(UUID id, UnaryOperator<CapsuleRecord> change) {
    return transactions.call(entities -> change(entities, entities.find(CapsuleEntity.class, id), change)).map(CapsuleEntity::read);
  }

  @Override
  public Optional<CapsuleRecord> change(UUID id, BiFunction<CapsuleRecord, Held, CapsuleRecord> change) {
    return transactions.call(entities -> {
      CapsuleEntity entity = entities.find(CapsuleEntity.class, id);
      if (entity == null) {
        return Optional.<CapsuleEntity>empty();
      }
      UUID team = entity.read().team();
      entities.find(TeamEntity.class, team, LockModeType.PESSIMISTIC_WRITE);
      Held held = held(entities, team);
      return change(entities, entity, row -> change.apply(row, held));
    }).map(CapsuleEntity::read);
  }

  private Optional<CapsuleEntity> change(EntityManager entities, CapsuleEntity entity, UnaryOperator<CapsuleRecord> change) {
    if (entity != null) {
      CapsuleRecord before = entity.read();
      CapsuleRecord after = change.apply(before);
      if (after != before) {
        Instant now = clock.instant();
        entity.write(after, now);
        note(entities, before, after, now);
      }
    }
    return Optional.ofNullable(entity);
  }

  private static void note(EntityManager entities, CapsuleRecord before, CapsuleRecord after, Instant now) {
    if (after.status() == before.status()) {
      return;
    }
    List<Capsule.Step> took = after.steps().equals(before.steps()) ? List.of() : after.steps();
    entities.persist(new ChangeEntity(after, before.version() + 1, took, now));
    if (before.version() >= CHANGES_KEPT) {
      entities.createQuery("select c.version from Change c where c.capsule = :id order by c.version desc", Long.class).setParameter("id", after.id())
          .setFirstResult(CHANGES_KEPT).setMaxResults(1).getResultStream().findFirst()
          .ifPresent(last -> entities.createQuery("delete from Change c where c.capsule = :id and c.version <= :last")
              .setParameter("id", after.id()).setParameter("last", last).executeUpdate());
    }
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
  public Map<UUID, Long> versions(UUID team) {
    return transactions.call(entities -> entities.createQuery("select c.id, c.version from Capsule c where c.team = :team and c.ended = false", Object[].class)
        .setParameter("team", team).getResultList()).stream().collect(Collectors.toMap(row -> (UUID) row[0], row -> (Long) row[1]));
  }

  @Override
  public List<CapsuleRecord> live() {
    return transactions.call(entities -> entities
        .createQuery("select c from Capsule c where c.ended = false order by c.createdAt, c.id", CapsuleEntity.class).getResultList())
        .stream().map(CapsuleEntity::read).toList();
  }

  @Override
  public List<ChangeRecord> history(UUID id) {
    return transactions.call(entities -> entities
        .createQuery("select c from Change c where c.capsule = :id order by c.version", ChangeEntity.class).setParameter("id", id).getResultList())
        .stream().map(ChangeEntity::read).toList();
  }

  @Override
  public List<CapsuleRecord> due(Instant now, int limit) {
    return transactions.call(entities -> entities
        .createQuery("select c from Capsule c where c.ended = false and c.endAt <= :now and c.status in :bound order by c.endAt, c.id", CapsuleEntity.class)
        .setParameter("now", now).setParameter("bound", BOUND_TO_END).setMaxResults(limit).getResultList())
        .stream().map(CapsuleEntity::read).toList();
  }

  @Override
  public Optional<Instant> nextEnd() {
    return transactions.call(entities -> entities.createQuery(
        "select c from Capsule c where c.ended = false and c.endAt is not null and c.status in :bound order by c.endAt", CapsuleEntity.class)
        .setParameter("bound", BOUND_TO_END).setMaxResults(1).getResultList())
        .stream().findFirst().flatMap(next -> next.read().endAt());
  }

  @Override
  public int retire(Instant before, int limit) {
    return transactions.call(entities -> {
      List<UUID> old = entities.createQuery("select c.id from Capsule c where c.ended = true and c.lastUpdated < :before order by c.lastUpdated", UUID.class)
          .setParameter("before", before).setMaxResults(limit).getResultList();
      return old.isEmpty() ? 0 : entities.createQuery("delete from Capsule c where c.id in :old and c.ended = true").setParameter("old", old).executeUpdate();
    });
  }

  @Override
  public Set<UUID> teamsSince(Instant since) {
    return Set.copyOf(transactions.call(entities -> entities
        .createQuery("select distinct c.team from Capsule c where c.ended = false or c.lastUpdated >= :since", UUID.class)
        .setParameter("since", since).getResultList()));
  }
}
