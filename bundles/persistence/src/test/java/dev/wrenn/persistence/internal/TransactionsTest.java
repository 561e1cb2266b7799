package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Capsules;
import dev.wrenn.persistence.TeamRecord;
import jakarta.persistence.EntityManagerFactory;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionsTest {
  private final AtomicInteger settled = new AtomicInteger();
  private HikariDataSource pool;
  private EntityManagerFactory factory;
  private Transactions transactions;
  private Capsules capsules;
  private final TeamRecord team = new TeamRecord(UUID.randomUUID(), "t", "t", Instant.EPOCH, Optional.empty());
  private CapsuleRecord row;

  @BeforeEach
  void open() throws SQLException {
    HikariConfig config = new HikariConfig();
    config.setDataSource(TestDatabases.source(DatabaseAddress.of(new TestConfig("jdbc:h2:mem:" + UUID.randomUUID(), ""), Map.of())));
    pool = new HikariDataSource(config);
    new Migrations().run(pool);
    factory = Database.entities(pool, TestDatabases.class.getProtectionDomain().getCodeSource().getLocation(), TestDatabases.class.getClassLoader());
    transactions = new Transactions(factory, 2, settled::incrementAndGet, () -> { });
    capsules = new JpaCapsules(transactions, Clock.systemUTC());
    new JpaTeams(transactions).insert(team);
    row = capsules.insert(CapsuleRecord.pending(UUID.randomUUID(), team.id(), StoreContract.SPEC, Instant.EPOCH, UUID.randomUUID()), Optional.empty());
    settled.set(0);
  }

  @AfterEach
  void close() {
    transactions.close(Duration.ofSeconds(5));
    factory.close();
    pool.close();
  }

  @Test
  void whatOnlyReadsIsNotWrittenOut() {
    capsules.find(row.id());
    capsules.ofTeam(team.id(), true, Optional.empty(), 10);
    capsules.change(row.id(), same -> same);
    assertEquals(0, settled.get());
  }

  @Test
  void eachChangeIsWrittenOutOnce() {
    capsules.change(row.id(), r -> r.starting("here"));
    assertEquals(1, settled.get());
    new JpaTeams(transactions).insert(new TeamRecord(UUID.randomUUID(), "u", "u", Instant.EPOCH, Optional.empty()));
    assertEquals(2, settled.get());
  }

  @Test
  void whatIsDoneByAStatementIsWrittenOutToo() {
    transactions.run(entities -> entities.createQuery("delete from Capsule c where c.id = :id").setParameter("id", row.id()).executeUpdate());
    assertEquals(1, settled.get());
    assertEquals(Optional.empty(), capsules.find(row.id()));
  }

  @Test
  void whatFailedIsNotWrittenOut() {
    assertThrows(IllegalStateException.class, () -> {
      try {
        transactions.run(entities -> {
          entities.persist(new TeamEntity(new TeamRecord(UUID.randomUUID(), "v", "v", Instant.EPOCH, Optional.empty())));
          entities.flush();
          throw new IllegalStateException("given up");
        });
      } catch (RuntimeException told) {
        throw told.getCause() instanceof IllegalStateException cause ? cause : told;
      }
    });
    assertEquals(0, settled.get());
  }
}
