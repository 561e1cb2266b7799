package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreException.Code;
import dev.wrenn.persistence.StoreGate;
import dev.wrenn.persistence.TeamRecord;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.nio.file.Path;
import java.sql.Driver;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.ConnectionPoolDataSource;
import javax.sql.DataSource;
import javax.sql.XADataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.jdbc.DataSourceFactory;

/** H2 closes itself when it can't write; the store comes back by itself. */
class BrokenDatabaseTest {
  private static final Store WITHDRAWN = (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, (p, m, a) -> null);

  @TempDir Path directory;
  private final BlockingQueue<Store> offered = new LinkedBlockingQueue<>();

  @AfterEach
  void room() {
    FullDisk.full(false);
  }

  @Test
  void aFullDiskCostsNoMoreThanTheTimeThatItIsFull() throws Exception {
    FullDisk.full(false);
    DatabaseConnector connector = new DatabaseConnector(bundle(), new TestConfig("jdbc:h2:full:" + directory.resolve("x") + ";DB_CLOSE_ON_EXIT=FALSE", ""),
        new H2(), null);
    try {
      Store store = next();
      TeamRecord before = team();
      store.teams().insert(before);
      StoreGate gate = new StoreGate(Duration.ofMillis(200));
      gate.open(store);
      FullDisk.full(true);
      for (int call = 0; call < 3; call++) {
        assertEquals(Code.FULL, assertThrows(StoreException.class, () -> store.teams().insert(team())).code());
      }
      assertSame(WITHDRAWN, next());
      gate.close(store);
      StoreException told = assertThrows(StoreException.class, () -> gate.call(Store::exclusive));
      assertEquals(Code.FULL, told.code());
      assertTrue(told.retryable() && told.advice().contains("is full"), told.advice());
      FullDisk.full(false);
      Store again = next();
      assertEquals(Optional.of(before), again.teams().find(before.id()));
      gate.open(again);
      TeamRecord after = team();
      again.teams().insert(after);
      assertEquals(Optional.of(after), gate.call(open -> open.teams().find(after.id())));
    } finally {
      connector.close();
    }
    assertSame(WITHDRAWN, next());
  }

  private Store next() throws InterruptedException {
    return Optional.ofNullable(offered.poll(1, TimeUnit.MINUTES)).orElseThrow(() -> new AssertionError("nothing came"));
  }

  private BundleContext bundle() {
    URL root = TestDatabases.class.getProtectionDomain().getCodeSource().getLocation();
    BundleWiring wiring = stub(BundleWiring.class, Map.of("getClassLoader", TestDatabases.class.getClassLoader()));
    Bundle bundle = stub(Bundle.class, Map.of("getEntry", root, "adapt", wiring));
    return (BundleContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {BundleContext.class}, (proxy, method, values) -> {
      if (method.getName().equals("registerService")) {
        offered.add((Store) values[1]);
        return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ServiceRegistration.class}, (p, m, a) -> {
          offered.add(WITHDRAWN);
          return null;
        });
      }
      return bundle;
    });
  }

  private static <T> T stub(Class<T> type, Map<String, Object> answers) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> answers.get(method.getName())));
  }

  private static TeamRecord team() {
    UUID id = UUID.randomUUID();
    return new TeamRecord(id, "t" + id, id.toString(), Instant.EPOCH, Optional.empty());
  }

  private static final class H2 implements DataSourceFactory {
    @Override
    public DataSource createDataSource(Properties properties) {
      JdbcDataSource source = new JdbcDataSource();
      source.setURL(properties.getProperty(JDBC_URL));
      source.setUser(properties.getProperty(JDBC_USER));
      source.setPassword(properties.getProperty(JDBC_PASSWORD));
      return source;
    }

    @Override
    public ConnectionPoolDataSource createConnectionPoolDataSource(Properties properties) {
      throw new UnsupportedOperationException();
    }

    @Override
    public XADataSource createXADataSource(Properties properties) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Driver createDriver(Properties properties) {
      throw new UnsupportedOperationException();
    }
  }
}
