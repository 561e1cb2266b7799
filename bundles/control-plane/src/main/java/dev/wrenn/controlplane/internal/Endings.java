package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends capsules on hosts, each in a thread of its own and once at a time: a host that takes long for one holds up nothing else. */
final class Endings {
  private static final Logger LOG = LoggerFactory.getLogger(Endings.class);
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private final Executor threads;
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

  interface Step {
    void run() throws PlatformException;
  }

  Endings(Executor threads) {
    this.threads = threads;
  }

  /** @param after what is to be noted when it has ended */
  void end(HostAgent agent, String capsule, Step after) {
    if (!busy.add(capsule)) {
      return;
    }
    threads.execute(() -> {
      try {
        agent.destroy(capsule, WITHIN);
        after.run();
      } catch (HostException | PlatformException e) {
        LOG.warn("Capsule {} could not be ended now; the next comparison tries again: {}", capsule, e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("Ending capsule {} failed by a defect; the next comparison tries again", capsule, e);
      } finally {
        busy.remove(capsule);
      }
    });
  }
}
