package dev.wrenn.hostagent.internal.life;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.util.List;
import java.util.Optional;

/** A capsule's processes, whose every use counts as activity of the capsule. */
final class TrackedProcesses implements Processes {
  private final CapsuleLife life;

  TrackedProcesses(CapsuleLife life) {
    this.life = life;
  }

  @Override
  public ProcessStream start(ProcessSpec spec) throws GuestException {
    return new TrackedStream(life.activity(), used().start(spec));
  }

  @Override
  public ProcessStream connect(ProcessSelector process, boolean replay) throws GuestException {
    return new TrackedStream(life.activity(), used().connect(process, replay));
  }

  @Override
  public List<ProcessInfo> list() throws GuestException {
    return used().list();
  }

  @Override
  public void signal(ProcessSelector process, Signal signal) throws GuestException {
    used().signal(process, signal);
  }

  @Override
  public void write(ProcessSelector process, byte[] data) throws GuestException {
    used().write(process, data);
  }

  @Override
  public void closeInput(ProcessSelector process) throws GuestException {
    used().closeInput(process);
  }

  @Override
  public void resize(ProcessSelector process, ProcessSpec.TerminalSize size) throws GuestException {
    used().resize(process, size);
  }

  private Processes used() throws GuestException {
    return Reach.of(life).processes();
  }

  /** What it yields shows that the process is in use; its end starts the idle time anew. */
  private record TrackedStream(Activity activity, ProcessStream stream) implements ProcessStream {
    @Override
    public Optional<ProcessEvent> next() throws GuestException {
      try {
        return stream.next();
      } finally {
        activity.mark();
      }
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
