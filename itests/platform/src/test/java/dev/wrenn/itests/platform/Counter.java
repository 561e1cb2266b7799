package dev.wrenn.itests.platform;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A process in a capsule that counts aloud, on a stream that stays open: every number must come, in order. */
final class Counter implements AutoCloseable {
  private static final String SCRIPT = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done";

  private final Processes processes;
  private final ProcessStream stream;
  private final AtomicLong pid = new AtomicLong();
  private final AtomicLong last = new AtomicLong();
  private final AtomicReference<String> problem = new AtomicReference<>("");
  private final StringBuilder line = new StringBuilder();

  Counter(Processes processes) throws GuestException {
    this.processes = processes;
    this.stream = processes.start(ProcessSpec.of("/bin/sh", "-c", SCRIPT));
    Thread.ofVirtual().name("counter").start(this::read);
  }

  /** Waits until it has counted on. */
  void countsOn(Duration within) throws Exception {
    long goal = last.get() + 10;
    Waiting.untilEmpty(within, () -> {
      if (!problem.get().isEmpty()) {
        throw new AssertionError("after " + last + ": " + problem);
      }
      return last.get() >= goal ? "" : "it has counted to " + last + ", not to " + goal;
    });
  }

  private void read() {
    try {
      for (Optional<ProcessEvent> event = stream.next(); event.isPresent(); event = stream.next()) {
        switch (event.get()) {
          case Started started -> pid.set(started.pid());
          case Output output -> hear(new String(output.data(), StandardCharsets.US_ASCII));
          case ProcessEvent.Ended ended -> problem.set("it ended: " + ended);
        }
      }
    } catch (GuestException e) {
      problem.set("the stream broke: " + e.getMessage());
    }
  }

  private void hear(String text) {
    line.append(text);
    for (int end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
      long number = Long.parseLong(line.substring(0, end));
      line.delete(0, end + 1);
      if (number != last.get() + 1) {
        problem.set(number + " came after " + last);
      }
      last.set(number);
    }
  }

  @Override
  public void close() throws GuestException {
    processes.signal(new ProcessSelector.Pid(pid.get()), Processes.Signal.KILL);
    stream.close();
  }
}
