package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.Settings;
import dev.wrenn.persistence.StoreException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;

record JpaSettings(Transactions transactions, Clock clock) implements Settings {
  @Override
  public Optional<String> find(String name) {
    return transactions.call(entities -> Optional.ofNullable(entities.find(SettingEntity.class, name))).map(SettingEntity::content);
  }

  @Override
  public String findOrSet(String name, Supplier<String> first) {
    Optional<String> there = find(name);
    if (there.isPresent()) {
      return there.get();
    }
    String content = first.get();
    try {
      transactions.run(entities -> entities.persist(new SettingEntity(name, content, clock.instant())));
      return content;
    } catch (StoreException e) {
      if (e.code() != StoreException.Code.DUPLICATE) {
        throw e;
      }
      return find(name).orElseThrow(() -> e);
    }
  }
}
