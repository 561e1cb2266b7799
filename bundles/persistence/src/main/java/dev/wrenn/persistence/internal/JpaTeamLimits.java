package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamLimits;
import java.util.Optional;
import java.util.UUID;

record JpaTeamLimits(Transactions transactions) implements TeamLimits {
  @Override
  public Optional<Row> find(UUID team) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(LimitsEntity.class, team))).map(LimitsEntity::read);
  }

  @Override
  public void put(UUID team, Row limits) {
    transactions.run(entities -> entities.merge(new LimitsEntity(team, limits)));
  }
}
