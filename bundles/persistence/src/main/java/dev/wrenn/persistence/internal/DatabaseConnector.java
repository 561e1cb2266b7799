package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.jdbc.DataSourceFactory;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the database as soon as it can be reached, and offers the {@link Store} from then on; one that has closed itself, as H2 does when its
 * disk is full, is withdrawn and opened again. It registers that by hand, because a
 * component's own service would be there before its database is.
 */
@Component(immediate = true, service = {}, configurationPid = "dev.wrenn.persistence")
@Designate(ocd = PersistenceConfig.class)
public final class DatabaseConnector {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseConnector.class);
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long REOPEN_PAUSE_MILLIS = 1000;
  private static final long DRIVER_COMES_WITHIN_MILLIS = 10_000;

  private final BundleContext bundle;
  private final PersistenceConfig config;
  private final List<DataSourceFactory> drivers;
  private final DatabaseAddress address;
  private final CountDownLatch closing = new CountDownLatch(1);
  /** The database is broken, or this is to be closed. */
  private final Semaphore news = new Semaphore(0);
  private final Thread opener;
  private Database database;
  private ServiceRegistration<Store> registration;

  @Activate
  public DatabaseConnector(BundleContext bundle, PersistenceConfig config,
      @Reference(target = "(osgi.jdbc.driver.class=org.h2.Driver)", cardinality = ReferenceCardinality.OPTIONAL,
          policyOption = ReferencePolicyOption.GREEDY) DataSourceFactory h2,
      @Reference(target = "(osgi.jdbc.driver.class=org.postgresql.Driver)", cardinality = ReferenceCardinality.OPTIONAL,
          policyOption = ReferencePolicyOption.GREEDY) DataSourceFactory postgresql) {
    this.bundle = bundle;
    this.config = config;
    address = DatabaseAddress.of(config, System.getenv());
    drivers = java.util.stream.Stream.of(address.kind() == DatabaseAddress.Kind.H2 ? h2 : postgresql)
        .filter(java.util.Objects::nonNull).toList();
    opener = Thread.ofVirtual().name("wrenn-database-opener").start(this::keepOpen);
  }

  /** On a thread of its own, as whoever stops the bundle may be interrupted, and the file must be closed in order. */
  @Deactivate
  void close() {
    closing.countDown();
    news.release();
    try (Shield shield = new Shield("wrenn-store-close-", 1)) {
      shield.call(() -> {
        opener.join();
        withdraw();
        return null;
      });
    }
  }

  private void keepOpen() {
    try {
      // At a start the driver may come a little later; this component is then made anew with it.
      if (drivers.isEmpty() && closing.await(DRIVER_COMES_WITHIN_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      while (openWhenReachable()) {
        news.acquire();
        if (closing.getCount() == 0) {
          return;
        }
        LOG.error("The database {} has closed itself: {}. It is opened again.", address,
            database.failure().map(StoreException::getMessage).orElse("its disk is broken, or its file was taken away"));
        withdraw();
        news.drainPermits();
        closing.await(REOPEN_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** @return whether it is open; else this is to be closed */
  private boolean openWhenReachable() throws InterruptedException {
    String told = "";
    long pause = FIRST_PAUSE_MILLIS;
    while (closing.getCount() > 0) {
      try {
        open();
        return true;
      } catch (SQLException | RuntimeException | IOException e) {
        String reason = OpenFailure.explain(address, e);
        if (!reason.equals(told)) {
          LOG.error("Can't open the database {}: {}. Trying on.", address, reason, OpenFailure.isPlain(e) ? null : e);
          told = reason;
        }
      }
      pause = Math.min(pause * 2, config.retry_max_millis());
      closing.await(pause, TimeUnit.MILLISECONDS);
    }
    return false;
  }

  private void open() throws SQLException, IOException {
    if (drivers.isEmpty()) {
      throw new SQLException("the driver " + address.kind().driver() + " isn't installed; install the feature wrenn-jpa");
    }
    if (address.file().isPresent()) {
      prepareFolder(address.file().get().toAbsolutePath().getParent());
    }
    Properties properties = new Properties();
    properties.setProperty(DataSourceFactory.JDBC_URL, address.bounded());
    properties.setProperty(DataSourceFactory.JDBC_USER, address.user());
    properties.setProperty(DataSourceFactory.JDBC_PASSWORD, address.password());
    DataSource source = drivers.getFirst().createDataSource(properties);
    database = Database.open(address, source, config, bundle.getBundle().getEntry("/"),
        bundle.getBundle().adapt(BundleWiring.class).getClassLoader(), Clock.systemUTC(), news::release);
    registration = bundle.registerService(Store.class, database, null);
    LOG.info("Database open: {}", database.description());
  }

  private void withdraw() {
    if (registration != null) {
      registration.unregister();
      registration = null;
    }
    if (database != null) {
      try {
        database.close();
      } catch (RuntimeException e) {
        LOG.warn("The database {} did not close in order", address, e);
      }
      database = null;
    }
  }

  private static void prepareFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.getParent());
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }
}
