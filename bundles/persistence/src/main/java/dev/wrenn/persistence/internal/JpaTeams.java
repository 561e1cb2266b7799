package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamRecord;
import dev.wrenn.persistence.Teams;
import java.util.Optional;
import java.util.UUID;

record JpaTeams(Transactions transactions) implements Teams {
  @Override
  public Optional<TeamRecord> find(UUID id) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(TeamEntity.class, id))).map(TeamEntity::read)
        .filter(team -> team.deletedAt().isEmpty());
  }

  @Override
  public void insert(TeamRecord team) {
    transactions.run(entities -> entities.persist(new TeamEntity(team)));
  }
}
