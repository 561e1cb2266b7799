package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.TeamRecord;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.persistence.Users;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

record JpaUsers(Transactions transactions, Clock clock) implements Users {
  @Override
  public Optional<UserRecord> find(UUID id) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(UserEntity.class, id))).map(UserEntity::read)
        .filter(JpaUsers::there);
  }

  @Override
  public Optional<UserRecord> findByEmail(String email) {
    return transactions.call(entities -> entities.createQuery("select u from User u where u.email = :email", UserEntity.class)
        .setParameter("email", email).getResultStream().findFirst()).map(UserEntity::read).filter(JpaUsers::there);
  }

  @Override
  public Optional<UserRecord> firstAdmin() {
    return transactions.call(entities -> entities
        .createQuery("select u from User u where u.admin = true and u.status = :active order by u.createdAt, u.id", UserEntity.class)
        .setParameter("active", UserRecord.Status.ACTIVE).setMaxResults(1).getResultStream().findFirst()).map(UserEntity::read);
  }

  @Override
  public boolean any() {
    return transactions.call(entities -> !entities.createQuery("select u.id from User u", UUID.class).setMaxResults(1).getResultList()
        .isEmpty());
  }

  @Override
  public void insert(UserRecord user, TeamRecord team, MembershipRecord membership) {
    transactions.run(entities -> {
      entities.persist(new TeamEntity(team));
      entities.persist(new UserEntity(user));
      entities.flush();
      entities.persist(new MembershipEntity(membership));
    });
  }

  @Override
  public Optional<UserRecord> change(UUID id, UnaryOperator<UserRecord> change) {
    return transactions.call(entities -> {
      UserEntity entity = entities.find(UserEntity.class, id, jakarta.persistence.LockModeType.PESSIMISTIC_WRITE);
      if (entity == null || !there(entity.read())) {
        return Optional.<UserRecord>empty();
      }
      UserRecord before = entity.read();
      UserRecord after = change.apply(before);
      if (!after.equals(before)) {
        entity.write(after, clock.instant());
      }
      return Optional.of(entity.read());
    });
  }

  private static boolean there(UserRecord user) {
    return user.status() != UserRecord.Status.DELETED;
  }
}
