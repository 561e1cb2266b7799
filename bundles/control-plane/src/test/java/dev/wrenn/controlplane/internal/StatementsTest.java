package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** How often the store is asked by what clients call most: H2 itself counts. */
@DisabledIfSystemProperty(named = "wrenn.test.database", matches = "postgresql")
class StatementsTest {
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();
  private TestPlatform platform;
  private Caller ann;
  private Connection connection;

  @BeforeEach
  void start() throws Exception {
    platform = new TestPlatform(directory, host);
    ann = platform.team();
    // What they do beside the calls is not what is counted.
    platform.reconciler.stop();
    platform.lifetimes.stop();
    platform.sampler.stop();
    connection = DriverManager.getConnection("jdbc:h2:file:" + directory.resolve("db/wrenn").toAbsolutePath() + ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=5000", "sa", "");
  }

  @AfterEach
  void stop() throws Exception {
    connection.close();
    platform.close();
  }

  @FunctionalInterface
  private interface Call {
    void run() throws PlatformException;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** What the store was asked for meanwhile, in alphabetical order, each as often as it was. */
  private List<String> statements(Call call) throws Exception {
    execute("SET QUERY_STATISTICS FALSE");
    execute("SET QUERY_STATISTICS TRUE");
    call.run();
    List<String> made = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT SQL_STATEMENT, EXECUTION_COUNT FROM INFORMATION_SCHEMA.QUERY_STATISTICS ORDER BY SQL_STATEMENT")) {
      while (rows.next()) {
        String sql = rows.getString(1);
        for (int i = 0; i < rows.getInt(2) && sql.matches("(?s)(SELECT|INSERT|UPDATE|DELETE|MERGE).*") && !sql.contains("INFORMATION_SCHEMA"); i++) {
          made.add(sql);
        }
      }
    }
    return made;
  }

  @Test
  void nothingIsAskedForThatHasNotChanged() throws Exception {
    String id = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
    platform.capsules.list(ann, false);
    assertEquals(List.of(), statements(() -> {
      for (int i = 0; i < 10; i++) {
        platform.capsules.list(ann, false);
        platform.capsules.get(ann, id);
        platform.capsules.ping(ann, id);
      }
    }));
  }

  @Test
  void aCreateAndADestroyAskNoMoreThanTheyNeed() throws Exception {
    platform.capsules.create(ann, DEFAULTS, Optional.empty());
    List<String> create = statements(() -> platform.capsules.create(ann, DEFAULTS, Optional.empty()));
    assertEquals(11, create.size(), String.join("\n", create));
    String id = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
    List<String> destroy = statements(() -> platform.capsules.destroy(ann, id));
    assertEquals(6, destroy.size(), String.join("\n", destroy));
  }
}
