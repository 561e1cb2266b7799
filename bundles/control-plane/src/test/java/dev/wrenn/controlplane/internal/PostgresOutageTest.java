package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.internal.PostgresServer;
import dev.wrenn.persistence.internal.TestDatabases;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The database server is killed and comes back under a running control plane. */
class PostgresOutageTest {
  private final FakeHost host = new FakeHost();
  private PostgresServer server;
  private TestPlatform platform;
  private Caller ann;

  @BeforeEach
  void start() throws Exception {
    server = PostgresServer.start();
    platform = new TestPlatform(TestDatabases.store(server, "outage"), host, new TestPlatform.Config(90));
    ann = platform.team();
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
    server.close();
  }

  private CapsuleStatus status(String id) throws PlatformException {
    return platform.capsules.get(ann, id).status();
  }

  @Test
  void isRiddenOut() throws Exception {
    String kept = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
    String crashes = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
    String bounded = platform.capsules.create(ann, DEFAULTS, Optional.empty()).id();
    Instant end = Instant.now().plusSeconds(2);
    platform.capsules.endAt(ann, bounded, end);
    server.down();
    refused(Code.UNAVAILABLE, () -> platform.capsules.get(ann, kept));
    refused(Code.UNAVAILABLE, () -> platform.capsules.create(ann, DEFAULTS, Optional.of("during")));
    refused(Code.UNAVAILABLE, () -> platform.capsules.destroy(ann, kept));
    host.ends(crashes, HostedCapsule.State.ERROR, "the hypervisor died");
    until("an end has passed", () -> Instant.now().isAfter(end));
    assertTrue(host.capsules.containsKey(bounded));
    server.up();
    until("the store is back", () -> {
      try {
        return status(kept) == CapsuleStatus.RUNNING;
      } catch (PlatformException e) {
        return false;
      }
    });
    until("what the host told meanwhile is known", () -> status(crashes) == CapsuleStatus.ERROR);
    until("what came due meanwhile has ended", () -> status(bounded) == CapsuleStatus.STOPPED);
    assertEquals(CapsuleStatus.RUNNING, platform.capsules.create(ann, DEFAULTS, Optional.of("during")).status());
    Instant later = Instant.now().plusSeconds(3600);
    until("samples are taken", () -> platform.sampler.sample(later) || !platform.metrics.team(ann, "1h").series().isEmpty());
    until("the lease is held", () -> platform.store().leases().holders(Instant.now()).contains(platform.ledger.self()));
  }

  @Test
  void failsNoRequestThatMayWait() throws Exception {
    try (TestPlatform patient = new TestPlatform(TestDatabases.store(server, "outage"), host, new TestPlatform.Config(90, 50));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      String id = patient.capsules.create(ann, DEFAULTS, Optional.empty()).id();
      server.down();
      List<Future<Capsule>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        all.add(threads.submit(() -> patient.capsules.get(ann, id)));
      }
      server.up();
      all.add(threads.submit(() -> patient.capsules.create(ann, DEFAULTS, Optional.empty())));
      for (Future<Capsule> one : all) {
        assertEquals(CapsuleStatus.RUNNING, one.get(60, TimeUnit.SECONDS).status());
      }
    }
  }
}
