package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.Store;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Opens real databases the way the bundle does, without a framework; for the tests of other bundles too. */
public final class TestDatabases {
  private TestDatabases() {}

  /** A real store in a folder; closing it lets another one open the same folder. */
  public record Opened(Store store, Runnable closing) implements AutoCloseable {
    @Override
    public void close() {
      closing.run();
    }
  }

  public static Opened store(Path directory) throws SQLException {
    Database database = h2(directory);
    return new Opened(database, database::close);
  }

  static Database h2(Path directory) throws SQLException {
    PersistenceConfig config = new TestConfig("", directory.toString());
    return open(config, DatabaseAddress.of(config, Map.of()));
  }

  static Database open(PersistenceConfig config, DatabaseAddress address) throws SQLException {
    return Database.open(address, source(address), config, TestDatabases.class.getProtectionDomain().getCodeSource().getLocation(),
        TestDatabases.class.getClassLoader(), Clock.systemUTC());
  }

  private static DataSource source(DatabaseAddress address) {
    if (address.kind() == DatabaseAddress.Kind.H2) {
      JdbcDataSource h2 = new JdbcDataSource();
      h2.setURL(address.url());
      h2.setUser(address.user());
      h2.setPassword(address.password());
      return h2;
    }
    PGSimpleDataSource postgresql = new PGSimpleDataSource();
    postgresql.setURL(address.url());
    postgresql.setUser(address.user());
    postgresql.setPassword(address.password());
    return postgresql;
  }
}
