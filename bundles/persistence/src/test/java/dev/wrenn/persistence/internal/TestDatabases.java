package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Opens real databases the way the bundle does, without a framework; for the tests of other bundles too. With the system property
 * {@value #KIND} set to {@code postgresql}, a folder stands for a database on a server that all tests of the process share.
 */
public final class TestDatabases {
  private static final String KIND = "wrenn.test.database";
  private static PostgresServer shared;

  private TestDatabases() {}

  /** A real store in a folder; closing it lets another one open the same folder. */
  public record Opened(Store store, Runnable closing) implements AutoCloseable {
    @Override
    public void close() {
      closing.run();
    }
  }

  public static Opened store(Path directory) throws Exception {
    return switch (System.getProperty(KIND, "h2")) {
      case "h2" -> opened(h2(directory));
      case "postgresql" -> store(shared(), "t" + UUID.nameUUIDFromBytes(directory.toString().getBytes(StandardCharsets.UTF_8)).toString().replace("-", ""));
      default -> throw new IllegalArgumentException(KIND + " is neither h2 nor postgresql");
    };
  }

  /** A database of that name, which is made when it isn't there. */
  public static Opened store(PostgresServer server, String name) throws Exception {
    server.ensure(name);
    TestConfig config = new TestConfig("", "/nowhere");
    return opened(open(config, DatabaseAddress.of(config, Map.of("DATABASE_URL", server.url(name)))));
  }

  private static Opened opened(Database database) {
    return new Opened(database, database::close);
  }

  private static synchronized PostgresServer shared() throws Exception {
    if (shared == null) {
      shared = PostgresServer.start();
    }
    return shared;
  }

  static Database h2(Path directory) throws SQLException {
    return h2(directory, "");
  }

  /** @param settings beside the platform's, as {@code ;RETENTION_TIME=50} */
  static Database h2(Path directory, String settings) throws SQLException {
    PersistenceConfig config = new TestConfig("", directory.toString());
    DatabaseAddress usual = DatabaseAddress.of(config, Map.of());
    return open(config, new DatabaseAddress(usual.kind(), usual.url() + settings, usual.user(), usual.password(), usual.file()));
  }

  static Database open(PersistenceConfig config, DatabaseAddress address) throws SQLException {
    return Database.open(address, source(address), config, TestDatabases.class.getProtectionDomain().getCodeSource().getLocation(),
        TestDatabases.class.getClassLoader(), Clock.systemUTC(), () -> { });
  }

  static DataSource source(DatabaseAddress address) {
    if (address.kind() == DatabaseAddress.Kind.H2) {
      JdbcDataSource h2 = new JdbcDataSource();
      h2.setURL(address.bounded());
      h2.setUser(address.user());
      h2.setPassword(address.password());
      return h2;
    }
    PGSimpleDataSource postgresql = new PGSimpleDataSource();
    postgresql.setURL(address.bounded());
    postgresql.setUser(address.user());
    postgresql.setPassword(address.password());
    return postgresql;
  }
}
