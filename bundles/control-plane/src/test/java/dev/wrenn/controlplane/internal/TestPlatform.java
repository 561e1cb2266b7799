package dev.wrenn.controlplane.internal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.Scheduler;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.TeamRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.persistence.internal.TestDatabases;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.PlatformException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

/** The control plane as the framework would wire it, on a real store. */
final class TestPlatform implements AutoCloseable {
  static final NewCapsule DEFAULTS =
      new NewCapsule(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  final FakeHost host;
  final Ledger ledger;
  final Hosts hosts;
  final Making making;
  final Reconciler reconciler;
  final Pauses pauses;
  final Wakes wakes;
  final Lifetimes lifetimes;
  final Sampler sampler;
  final Housekeeping housekeeping;
  final CapsuleUseCases capsules;
  final PortUseCases ports;
  final LimitsUseCases limits;
  final MetricsUseCases metrics;
  private final TestDatabases.Opened database;

  TestPlatform(Path directory, FakeHost host) throws Exception {
    this(directory, host, new Config(90));
  }

  TestPlatform(Path directory, FakeHost host, Config config) throws Exception {
    this(store(directory), host, config);
  }

  private static TestDatabases.Opened store(Path directory) throws Exception {
    Files.createDirectories(directory.resolve("db"));
    return TestDatabases.store(directory);
  }

  TestPlatform(TestDatabases.Opened database, FakeHost host, Config config) throws Exception {
    this.host = host;
    this.database = database;
    ledger = new Ledger(config);
    ledger.bindStore(database.store());
    hosts = new Hosts(config);
    making = new Making(config, ledger, hosts);
    making.bindScheduler(new OneHost());
    pauses = new Pauses(config, ledger, hosts);
    wakes = new Wakes(config, ledger, hosts, pauses);
    reconciler = new Reconciler(config, ledger, making, hosts, pauses);
    lifetimes = new Lifetimes(ledger, hosts, pauses);
    sampler = new Sampler(ledger);
    housekeeping = new Housekeeping(config, ledger);
    Secrets secrets = new Secrets(ledger);
    capsules = new CapsuleUseCases(config, ledger, making, hosts, lifetimes, secrets, pauses, wakes);
    ports = new PortUseCases(ledger, hosts, secrets, wakes);
    limits = new LimitsUseCases(config, ledger);
    metrics = new MetricsUseCases(ledger, hosts);
    connect(host);
  }

  Store store() {
    return database.store();
  }

  void connect(FakeHost next) {
    hosts.addHost(next, Map.of(HostAgent.ID, "h1"));
  }

  void disconnect(FakeHost gone) {
    hosts.removeHost(gone, Map.of(HostAgent.ID, "h1"));
  }

  Caller team() {
    return team(store());
  }

  static Caller admin(Caller caller) {
    return new Caller(caller.kind(), caller.actorId(), caller.actorName(), caller.userId(), caller.teamId(), caller.role(), true);
  }

  static NewCapsule with(CapsuleOptions options, Duration lifetime) {
    return new NewCapsule(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.ofNullable(lifetime), options);
  }

  static PlatformException refused(PlatformException.Code code, Executable call) {
    PlatformException told = Assertions.assertThrows(PlatformException.class, call);
    Assertions.assertEquals(code, told.code(), told.getMessage());
    return told;
  }

  static Caller team(Store store) {
    UUID id = UUID.randomUUID();
    store.teams().insert(new TeamRecord(id, "team", id.toString(), Instant.now(), Optional.empty()));
    return new Caller(Caller.Kind.USER, "usr", "Ann", "usr", WireId.TEAM.format(id), Caller.Role.OWNER, false);
  }

  /** Waits, for at most half a minute, until something is so. */
  static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within half a minute: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  @Override
  public void close() throws Exception {
    stopTimers();
    making.stop();
    hosts.close();
    ledger.unbindStore(database.store());
    database.close();
  }

  /** As if the process had been killed: nothing is said to anybody, and the file is free. */
  void kill() throws Exception {
    stopTimers();
    ledger.unbindStore(database.store());
    database.close();
    hosts.close();
  }

  private void stopTimers() throws Exception {
    ports.stop();
    housekeeping.stop();
    sampler.stop();
    lifetimes.stop();
    reconciler.stop();
  }

  private final class OneHost implements Scheduler {
    @Override
    public Reservation reserve(CapsuleOrder order) throws HostException {
      if (hosts.all().isEmpty()) {
        throw new HostException(HostException.Code.UNAVAILABLE, "schedule", "no host is connected");
      }
      return new Reservation() {
        @Override
        public HostAgent host() {
          return host;
        }

        @Override
        public String hostId() {
          return "h1";
        }

        @Override
        public void close() {
          // Room without end.
        }
      };
    }

    @Override
    public HostAgent host(String id) {
      return host;
    }
  }

  /** Everything as by default, but with short times. */
  record Config(int missingSeconds, int waitSeconds, int wakeSeconds) implements ControlPlaneConfig {
    Config(int missingSeconds) {
      this(missingSeconds, 1);
    }

    Config(int missingSeconds, int waitSeconds) {
      this(missingSeconds, waitSeconds, 30);
    }

    @Override public int vcpus_max() {
      return 32;
    }

    @Override public int memory_min_mb() {
      return 128;
    }

    @Override public int memory_max_mb() {
      return 65_536;
    }

    @Override public int disk_max_mb() {
      return 102_400;
    }

    @Override public int disk_default_mb() {
      return 5120;
    }

    @Override public String default_user() {
      return "root";
    }

    @Override public int create_seconds() {
      return 10;
    }

    @Override public int service_wait_seconds() {
      return waitSeconds;
    }

    @Override public int reconcile_seconds() {
      return 1;
    }

    @Override public int wake_seconds() {
      return wakeSeconds;
    }

    @Override public int missing_seconds() {
      return missingSeconds;
    }

    @Override public int timeout_max_seconds() {
      return 86_400;
    }

    @Override public int team_capsules_max() {
      return 100;
    }

    @Override public int team_vcpus_max() {
      return 400;
    }

    @Override public long team_memory_max_mb() {
      return 1_000_000;
    }

    @Override public int ended_days() {
      return 30;
    }

    @Override public int sample_days() {
      return 2;
    }

    @Override public Class<? extends Annotation> annotationType() {
      return ControlPlaneConfig.class;
    }
  }
}
