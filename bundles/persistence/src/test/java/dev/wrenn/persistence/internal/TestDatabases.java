package dev.wrenn.persistence.internal;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Opens real databases the way the bundle does, without a framework. */
final class TestDatabases {
  private TestDatabases() {}

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
