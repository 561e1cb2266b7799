package dev.wrenn.hostagent.internal;

import dev.wrenn.guest.GuestClients;
import dev.wrenn.host.HostAgent;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.journal.Journal;
import dev.wrenn.hostagent.internal.life.Capsules;
import dev.wrenn.hostagent.internal.life.Captures;
import dev.wrenn.hostagent.internal.life.HostContext;
import dev.wrenn.hostagent.internal.life.Housekeeping;
import dev.wrenn.hostagent.internal.life.Memories;
import dev.wrenn.hostagent.internal.life.PageServerGate;
import dev.wrenn.hostagent.internal.life.SnapshotGate;
import dev.wrenn.hostagent.internal.life.WarmMaker;
import dev.wrenn.hostagent.internal.life.WarmStock;
import dev.wrenn.hostagent.internal.machine.Admission;
import dev.wrenn.hostagent.internal.machine.Capacity;
import dev.wrenn.hostagent.internal.machine.GuestFiles;
import dev.wrenn.hostagent.internal.machine.Machine;
import dev.wrenn.hostagent.internal.metrics.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** All the pieces of a host, put together; no OSGi in it. */
final class Host implements AutoCloseable {
  private static final Duration OTHER_OWNER = Duration.ofSeconds(10);

  private static final Duration TIMER_END = Duration.ofSeconds(5);

  private final Journal journal;
  private final ScheduledExecutorService timer;
  private final Capsules capsules;
  private final WarmMaker warm;
  private final LocalHost agent;

  Host(HostSettings settings, Drivers drivers, GuestClients guests, SnapshotGate snapshots, PageServerGate pages,
      FaultPoint faults) throws IOException {
    Path state = settings.directory().resolve("host");
    HostSecret secret = HostSecret.at(state.resolve("secret"));
    journal = Journal.open(state, OTHER_OWNER);
    timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("wrenn-host").daemon().factory());
    boolean started = false;
    try {
      HostContext context = new HostContext(settings, drivers, new Admission(), new Capacity(new Machine(), settings),
          new GuestFiles(settings.guest()), guests, secret::agentToken, secret::agentTokenHash, secret::userToken, secret::variables, secret::machineId,
          new Semaphore(settings.parallelBoots(), true), snapshots, new Captures(state.resolve("captures")),
          new WarmStock(settings.warm()), new Memories(snapshots, pages, settings.memory()), faults);
      capsules = new Capsules(context, journal, timer);
      Sampler sampler = new Sampler(settings.sampling(), capsules);
      agent = new LocalHost(drivers, capsules, new StatusReport(context, capsules, journal.damage()), sampler, secret::userToken);
      new Housekeeping(context, capsules).start(timer);
      sampler.start(timer);
      warm = new WarmMaker(context, capsules);
      warm.start(timer);
      started = true;
    } finally {
      if (!started) {
        timer.shutdownNow();
        journal.close();
      }
    }
  }

  HostAgent agent() {
    return agent;
  }

  Capsules capsules() {
    return capsules;
  }

  /** Hands its capsules over to the next start; ends none. */
  @Override
  public void close() throws IOException {
    timer.shutdownNow();
    warm.close();
    capsules.close();
    try {
      timer.awaitTermination(TIMER_END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      journal.close();
    }
  }
}
