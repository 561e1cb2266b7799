package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.Memberships;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

record JpaMemberships(Transactions transactions) implements Memberships {
  @Override
  public Optional<MembershipRecord> find(UUID team, UUID user) {
    return transactions.call(entities -> entities.createQuery("""
        select m from Membership m, Team t
        where t.id = m.team and t.deletedAt is null and m.team = :team and m.user = :user""", MembershipEntity.class)
        .setParameter("team", team).setParameter("user", user).getResultStream().findFirst()).map(MembershipEntity::read);
  }

  @Override
  public List<MembershipRecord> ofUser(UUID user) {
    return transactions.call(entities -> entities.createQuery("""
        select m from Membership m, Team t where t.id = m.team and t.deletedAt is null and m.user = :user
        order by m.defaultTeam desc, m.createdAt, m.team""", MembershipEntity.class)
        .setParameter("user", user).getResultList()).stream().map(MembershipEntity::read).toList();
  }

  @Override
  public void insert(MembershipRecord membership) {
    transactions.run(entities -> entities.persist(new MembershipEntity(membership)));
  }

  @Override
  public void delete(UUID team, UUID user) {
    transactions.run(entities -> entities.createQuery("delete from Membership m where m.team = :team and m.user = :user")
        .setParameter("team", team).setParameter("user", user).executeUpdate());
  }
}
