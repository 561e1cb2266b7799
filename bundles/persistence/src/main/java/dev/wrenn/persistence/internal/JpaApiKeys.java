package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.ApiKeyRecord;
import dev.wrenn.persistence.ApiKeys;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

record JpaApiKeys(Transactions transactions) implements ApiKeys {
  @Override
  public Optional<ApiKeyRecord> findBySecretHash(String hash) {
    return transactions.call(entities -> entities.createQuery("select k from ApiKey k where k.secretHash = :hash", ApiKeyEntity.class)
        .setParameter("hash", hash).getResultStream().findFirst()).map(ApiKeyEntity::read);
  }

  @Override
  public List<ApiKeyRecord> ofTeam(UUID team) {
    return transactions.call(entities -> entities
        .createQuery("select k from ApiKey k where k.team = :team order by k.createdAt desc, k.id desc", ApiKeyEntity.class)
        .setParameter("team", team).getResultList()).stream().map(ApiKeyEntity::read).toList();
  }

  @Override
  public void insert(ApiKeyRecord key) {
    transactions.run(entities -> entities.persist(new ApiKeyEntity(key)));
  }

  @Override
  public boolean delete(UUID team, UUID id) {
    return transactions.call(entities -> entities.createQuery("delete from ApiKey k where k.team = :team and k.id = :id")
        .setParameter("team", team).setParameter("id", id).executeUpdate()) > 0;
  }

  @Override
  public void used(Map<UUID, Instant> when) {
    transactions.run(entities -> when.forEach((id, time) -> entities
        .createQuery("update ApiKey k set k.lastUsed = :time where k.id = :id and (k.lastUsed is null or k.lastUsed < :time)")
        .setParameter("time", time).setParameter("id", id).executeUpdate()));
  }
}
