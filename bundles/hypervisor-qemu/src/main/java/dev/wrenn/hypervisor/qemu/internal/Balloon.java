package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import java.io.IOException;
import java.time.Duration;

/** The device by which a guest lends memory: its driver in the guest takes pages and names them, and QEMU drops them. */
final class Balloon {
  /** What QEMU gets to answer beyond the time that the guest has. */
  static final Duration ANSWER = Duration.ofSeconds(2);

  private static final long NEAR = 1 << 20;
  // QEMU tells of changes once a second at most, so its figure is asked for.
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final Duration NO_PROGRESS = Duration.ofMillis(300);
  private static final Duration NO_BEGIN = Duration.ofSeconds(1);

  private final Qmp qmp;
  private final long memory;
  private final Deadline answers;

  /** @param memory of the guest, in bytes */
  Balloon(Qmp qmp, long memory, Deadline answers) {
    this.qmp = qmp;
    this.memory = memory;
    this.answers = answers;
  }

  /** Says how much is wanted and gives back how much is lent so far. */
  long aimed(long bytes) throws DriverException, IOException {
    qmp.execute("balloon", JsonNodeFactory.instance.objectNode().put("value", memory - bytes), answers);
    return lent();
  }

  /** Waits for the guest as long as it gets on. */
  long moved(long bytes, Deadline within) throws DriverException, IOException {
    long lent = aimed(bytes);
    Deadline progress = within.limitedTo(NO_BEGIN);
    while (Math.abs(lent - bytes) > NEAR && !progress.expired()) {
      pause();
      long now = lent();
      if (now != lent) {
        lent = now;
        progress = within.limitedTo(NO_PROGRESS);
      }
    }
    return lent;
  }

  private long lent() throws DriverException, IOException {
    return memory - qmp.execute("query-balloon", answers).path("actual").asLong(memory);
  }

  private static void pause() throws DriverException {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      throw Failures.interrupted("reclaim");
    }
  }
}
