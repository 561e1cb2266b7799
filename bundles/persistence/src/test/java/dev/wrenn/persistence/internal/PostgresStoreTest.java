package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreGate;
import dev.wrenn.persistence.TeamRecord;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresStoreTest extends StoreContract {
  private static PostgresServer server;
  private static Database database;

  @BeforeAll
  static void open() throws Exception {
    server = PostgresServer.start();
    database = connect();
  }

  private static Database connect() throws Exception {
    TestConfig config = new TestConfig("", "/nowhere");
    return TestDatabases.open(config, DatabaseAddress.of(config, Map.of("DATABASE_URL", server.url())));
  }

  @AfterAll
  static void close() throws Exception {
    if (database != null) {
      database.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Override
  Store store() {
    return database;
  }

  @Override
  DatabaseAddress empty() throws Exception {
    server.ensure("older");
    return DatabaseAddress.of(new TestConfig("", "/nowhere"), Map.of("DATABASE_URL", server.url("older")));
  }

  @Test
  void isShared() throws Exception {
    assertFalse(database.exclusive());
    assertTrue(database.description().startsWith("PostgreSQL "), database.description());
    assertFalse(database.description().contains("unused"));
    TeamRecord team = team();
    try (Database second = connect()) {
      assertEquals(Optional.of(team), second.teams().find(team.id()));
    }
  }

  @Test
  void survivesTheServerGoingAwayAndComingBack() throws Exception {
    TeamRecord team = team();
    server.down();
    try {
      StoreException gone = assertThrows(StoreException.class, () -> database.teams().find(team.id()));
      assertEquals(StoreException.Code.UNAVAILABLE, gone.code());
    } finally {
      server.up();
    }
    StoreGate gate = new StoreGate(Duration.ofSeconds(20));
    gate.open(database);
    assertEquals(Optional.of(team), gate.call(store -> store.teams().find(team.id())));
  }
}
