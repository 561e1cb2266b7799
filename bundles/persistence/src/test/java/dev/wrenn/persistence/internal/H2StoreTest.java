package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.TeamRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2StoreTest extends StoreContract {
  @TempDir static Path directory;
  private static Database database;

  @BeforeAll
  static void open() throws Exception {
    Files.createDirectories(directory.resolve("db"));
    database = TestDatabases.h2(directory);
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @Override
  Store store() {
    return database;
  }

  @Override
  DatabaseAddress empty() throws Exception {
    Path other = Files.createTempDirectory(directory, "older");
    Files.createDirectories(other.resolve("db"));
    return DatabaseAddress.of(new TestConfig("", other.toString()), Map.of());
  }

  @Test
  void isExclusive() {
    assertTrue(database.exclusive());
    assertTrue(database.description().startsWith("H2 "), database.description());
  }

  @Test
  void findsEverythingAgainAfterReopening(@TempDir Path other) throws Exception {
    Files.createDirectories(other.resolve("db"));
    TeamRecord team;
    try (Database first = TestDatabases.h2(other)) {
      team = team(first);
    }
    try (Database second = TestDatabases.h2(other)) {
      assertEquals(Optional.of(team), second.teams().find(team.id()));
    }
  }

  @Test
  void refusesWorkWhenClosed(@TempDir Path other) throws Exception {
    Files.createDirectories(other.resolve("db"));
    Database closed = TestDatabases.h2(other);
    closed.close();
    assertEquals(StoreException.Code.UNAVAILABLE, assertThrows(StoreException.class, () -> closed.users().any()).code());
  }

  @Test
  void saysWhoHoldsALockedFile(@TempDir Path other) throws Exception {
    Files.createDirectories(other.resolve("db"));
    try (CommittingProcess process = CommittingProcess.start(other, "")) {
      process.awaitCommits(1);
      DatabaseAddress address = DatabaseAddress.of(new TestConfig("", other.toString()), Map.of());
      SQLException locked = assertThrows(SQLException.class, () -> TestDatabases.h2(other).close());
      String told = OpenFailure.explain(address, locked);
      assertTrue(told.contains("another process has the file " + other.resolve("db/wrenn.mv.db") + " open"), told);
    }
  }

  @Test
  void bearsCallersThatAreInterrupted() throws Exception {
    TeamRecord team = team();
    for (int i = 0; i < 50; i++) {
      Thread caller = Thread.ofPlatform().start(() -> {
        for (int j = 0; j < 10; j++) {
          Thread.currentThread().interrupt();
          team();
          assertTrue(Thread.interrupted(), "the interrupt is kept for the caller");
        }
      });
      while (caller.isAlive()) {
        caller.interrupt();
        caller.join(1);
      }
    }
    assertEquals(Optional.of(team), store().teams().find(team.id()));
  }

  @Test
  void losesNoCommitWhenTheProcessIsKilled(@TempDir Path other) throws Exception {
    commitsOutliveTheirProcess(other, "", 3, 100);
  }

  /** The file reuses room of its own only after 45 s, which is when one version of H2 began to lose commits; here after 50 ms. */
  @Test
  void losesNoCommitWhenTheProcessIsKilledAfterItsFileHasBeenReused(@TempDir Path other) throws Exception {
    commitsOutliveTheirProcess(other, ";RETENTION_TIME=50", 2, 1500);
  }

  private static void commitsOutliveTheirProcess(Path directory, String settings, int rounds, int commits) throws Exception {
    Files.createDirectories(directory.resolve("db"));
    for (int round = 0; round < rounds; round++) {
      List<UUID> acknowledged;
      try (CommittingProcess process = CommittingProcess.start(directory, settings)) {
        process.awaitCommits(commits);
        acknowledged = process.kill();
      }
      assertTrue(acknowledged.size() >= commits, "acknowledged " + acknowledged.size());
      try (Database again = TestDatabases.h2(directory, settings)) {
        List<UUID> lost = acknowledged.stream().filter(id -> again.teams().find(id).isEmpty()).toList();
        assertEquals(List.of(), lost, "of " + acknowledged.size() + " in round " + round);
      }
    }
  }
}
