package dev.wrenn.persistence.internal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.wrenn.persistence.ApiKeys;
import dev.wrenn.persistence.Capsules;
import dev.wrenn.persistence.IdempotencyKeys;
import dev.wrenn.persistence.KeptMetrics;
import dev.wrenn.persistence.Leases;
import dev.wrenn.persistence.Memberships;
import dev.wrenn.persistence.Ports;
import dev.wrenn.persistence.Settings;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.TeamLimits;
import dev.wrenn.persistence.TeamUse;
import dev.wrenn.persistence.Teams;
import dev.wrenn.persistence.Templates;
import dev.wrenn.persistence.Users;
import jakarta.persistence.EntityManagerFactory;
import java.net.URL;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.eclipse.persistence.jpa.PersistenceProvider;
import org.eclipse.persistence.sessions.DatabaseLogin;
import org.eclipse.persistence.sessions.DatabaseSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database that was reached and migrated: the pool, the entity managers, the repositories. */
final class Database implements Store, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

  private final DatabaseAddress address;
  private final HikariDataSource pool;
  private final EntityManagerFactory factory;
  private final Transactions transactions;
  private final Clock clock;
  private final String description;

  private Database(DatabaseAddress address, HikariDataSource pool, EntityManagerFactory factory, Clock clock, String description, Runnable broken) {
    this.address = address;
    this.pool = pool;
    this.factory = factory;
    this.clock = clock;
    this.description = description;
    transactions = new Transactions(factory, pool.getMaximumPoolSize(), exclusive() ? this::settle : () -> { },
        exclusive() ? broken : () -> { });
  }

  /**
   * H2 leaves a commit to whoever is just writing, and that one may have begun without it: this waits for its turn and writes what is left.
   * It is on the disk then and not only with the operating system: a host keeps what it did over a power cut, and ends capsules that no row knows.
   */
  private void settle() {
    try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
      statement.execute("CHECKPOINT SYNC");
    } catch (SQLException e) {
      throw new StoreException(StoreException.Code.UNAVAILABLE, "what was committed could not be written to the database's file: " + e.getMessage(), e);
    }
  }

  /**
   * Connects, migrates and maps; on failure nothing stays open.
   *
   * @param source of raw connections, with credentials in it
   * @param root of the bundle, and its loader: where entities are looked for
   * @param broken called, once or more, when the database has closed itself: its caller closes this and opens it anew
   * @throws SQLException when the database can't be reached
   */
  static Database open(DatabaseAddress address, DataSource source, PersistenceConfig config, URL root, ClassLoader loader, Clock clock,
      Runnable broken) throws SQLException {
    try (Connection first = source.getConnection()) {
      LOG.debug("Reached the database {}", first.getMetaData().getDatabaseProductName());
    }
    HikariDataSource pool = pool(source, config);
    try {
      new Migrations().run(pool);
      return new Database(address, pool, entities(pool, root, loader), clock, describe(pool, address), broken);
    } catch (RuntimeException | SQLException e) {
      pool.close();
      throw e;
    }
  }

  private static HikariDataSource pool(DataSource source, PersistenceConfig config) {
    HikariConfig hikari = new HikariConfig();
    hikari.setPoolName("wrenn");
    hikari.setDataSource(source);
    hikari.setMaximumPoolSize(config.connections());
    hikari.setConnectionTimeout(config.connection_timeout_millis());
    hikari.setValidationTimeout(Math.min(1000, config.connection_timeout_millis()));
    hikari.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    return new HikariDataSource(hikari);
  }

  static EntityManagerFactory entities(DataSource pool, URL root, ClassLoader loader) {
    // EclipseLink shares what it knows by session name, and two databases must never share.
    String session = "wrenn-" + UUID.randomUUID();
    EntityManagerFactory factory = new PersistenceProvider().createContainerEntityManagerFactory(new PersistenceUnit(pool, root, loader),
        Map.of("eclipselink.weaving", "false", "eclipselink.logging.logger", EclipseLinkLog.class.getName(),
            "eclipselink.session.customizer", UuidColumns.class.getName(), "eclipselink.classloader", loader,
            "eclipselink.session-name", session));
    // The pool tells at once when the database is gone; asking it again and again here would only hide that from the caller.
    DatabaseLogin login = (DatabaseLogin) factory.unwrap(DatabaseSession.class).getDatasourceLogin();
    login.setQueryRetryAttemptCount(0);
    return factory;
  }

  private static String describe(DataSource pool, DatabaseAddress address) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      var product = connection.getMetaData();
      return product.getDatabaseProductName() + " " + product.getDatabaseProductVersion() + ", " + address;
    }
  }

  @Override
  public Teams teams() {
    return new JpaTeams(transactions);
  }

  @Override
  public Users users() {
    return new JpaUsers(transactions, clock);
  }

  @Override
  public Memberships memberships() {
    return new JpaMemberships(transactions);
  }

  @Override
  public Templates templates() {
    return new JpaTemplates(transactions);
  }

  @Override
  public ApiKeys apiKeys() {
    return new JpaApiKeys(transactions);
  }

  @Override
  public Capsules capsules() {
    return new JpaCapsules(transactions, clock);
  }

  @Override
  public IdempotencyKeys idempotencyKeys() {
    return new JpaIdempotencyKeys(transactions);
  }

  @Override
  public Ports ports() {
    return new JpaPorts(transactions);
  }

  @Override
  public TeamLimits limits() {
    return new JpaTeamLimits(transactions);
  }

  @Override
  public TeamUse use() {
    return new JpaTeamUse(transactions);
  }

  @Override
  public KeptMetrics metrics() {
    return new JpaKeptMetrics(transactions);
  }

  @Override
  public Leases leases() {
    return new JpaLeases(transactions);
  }

  @Override
  public Settings settings() {
    return new JpaSettings(transactions, clock);
  }

  @Override
  public boolean exclusive() {
    return address.kind() == DatabaseAddress.Kind.H2;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Optional<StoreException> failure() {
    return transactions.failure();
  }

  @Override
  public void close() {
    if (!transactions.close(CLOSE_WITHIN)) {
      LOG.warn("Closing the database under calls that have not ended within {}: they will fail", CLOSE_WITHIN);
    }
    factory.close();
    pool.close();
  }
}
