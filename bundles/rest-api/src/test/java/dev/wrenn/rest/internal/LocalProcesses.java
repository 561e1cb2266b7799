package dev.wrenn.rest.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Real processes of this machine in the shape of a capsule's; a terminal is only a merged output here. */
final class LocalProcesses implements Processes, AutoCloseable {
  private final Map<Long, Local> running = new ConcurrentHashMap<>();

  @Override
  public ProcessStream start(ProcessSpec spec) throws GuestException {
    List<String> command = new ArrayList<>(List.of("setsid", spec.command()));
    command.addAll(spec.args());
    if (spec.command().equals("no-such-program")) {
      throw new GuestException(GuestException.Code.NOT_FOUND, "no-such-program");
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(spec.env());
    builder.redirectErrorStream(spec.terminal().isPresent());
    spec.cwd().ifPresent(cwd -> builder.directory(new File(cwd)));
    if (spec.cwd().isPresent() && !builder.directory().isDirectory()) {
      throw new GuestException(GuestException.Code.INVALID, "cwd " + spec.cwd().get() + " is not a directory");
    }
    try {
      Local local = new Local(spec, builder.start());
      running.put(local.pid(), local);
      ProcessStream stream = local.attach(false);
      Thread.startVirtualThread(local::watch);
      return stream;
    } catch (IOException e) {
      throw new GuestException(GuestException.Code.AGENT, e.getMessage(), e);
    }
  }

  @Override
  public ProcessStream connect(ProcessSelector process, boolean replay) throws GuestException {
    return find(process).attach(replay);
  }

  @Override
  public List<ProcessInfo> list() {
    return running.values().stream().filter(local -> local.process.isAlive()).map(local -> new ProcessInfo(local.pid(), local.spec.tag(),
        local.spec.command(), local.spec.args(), local.spec.cwd(), local.spec.user())).toList();
  }

  @Override
  public void signal(ProcessSelector process, Signal signal) throws GuestException {
    Local local = find(process);
    if (!local.process.isAlive()) {
      throw new GuestException(GuestException.Code.NOT_FOUND, "no process " + process);
    }
    local.kill(signal);
  }

  @Override
  public void write(ProcessSelector process, byte[] data) throws GuestException {
    Local local = find(process);
    if (!local.spec.input()) {
      throw new GuestException(GuestException.Code.CONFLICT, "process " + process + " has no input");
    }
    try {
      local.process.getOutputStream().write(data);
      local.process.getOutputStream().flush();
    } catch (IOException e) {
      throw new GuestException(GuestException.Code.NOT_FOUND, "no process " + process, e);
    }
  }

  @Override
  public void closeInput(ProcessSelector process) throws GuestException {
    try {
      find(process).process.getOutputStream().close();
    } catch (IOException e) {
      throw new GuestException(GuestException.Code.AGENT, "input of " + process, e);
    }
  }

  @Override
  public void resize(ProcessSelector process, ProcessSpec.TerminalSize size) throws GuestException {
    find(process).emit(new ProcessEvent.Output(Channel.TERMINAL, ("[" + size.columns() + "x" + size.rows() + "]").getBytes()));
  }

  boolean alive(long pid) {
    return running.get(pid).process.isAlive();
  }

  void awaitEnd(long pid) throws InterruptedException {
    running.get(pid).process.waitFor(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    running.values().forEach(local -> local.kill(Signal.KILL));
  }

  private Local find(ProcessSelector selector) throws GuestException {
    return running.values().stream().filter(local -> switch (selector) {
      case ProcessSelector.Pid pid -> pid.pid() == local.pid();
      case ProcessSelector.Tag tag -> local.spec.tag().equals(Optional.of(tag.tag()));
    }).findFirst().orElseThrow(() -> new GuestException(GuestException.Code.NOT_FOUND, "no process " + selector));
  }

  private static final class Local {
    private final ProcessSpec spec;
    private final Process process;
    private final List<Stream> streams = new ArrayList<>();
    private final List<ProcessEvent> history = new ArrayList<>();
    private final AtomicBoolean overdue = new AtomicBoolean();

    Local(ProcessSpec spec, Process process) throws IOException {
      this.spec = spec;
      this.process = process;
      if (!spec.input()) {
        process.getOutputStream().close();
      }
    }

    long pid() {
      return process.pid();
    }

    void kill(Signal signal) {
      try {
        new ProcessBuilder("kill", "-" + signal, "--", "-" + pid()).redirectErrorStream(true).start().waitFor();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    Stream attach(boolean replay) {
      synchronized (streams) {
        Stream stream = new Stream();
        stream.offer(new ProcessEvent.Started(pid()));
        if (replay) {
          history.forEach(stream::offer);
        }
        streams.add(stream);
        return stream;
      }
    }

    void emit(ProcessEvent event) {
      List<Stream> now;
      synchronized (streams) {
        history.add(event);
        now = List.copyOf(streams);
      }
      now.forEach(stream -> stream.offer(event));
    }

    private void watch() {
      Thread out = Thread.startVirtualThread(() -> pump(process.getInputStream(), spec.terminal().isPresent() ? Channel.TERMINAL : Channel.STDOUT));
      Thread err = Thread.startVirtualThread(() -> pump(process.getErrorStream(), Channel.STDERR));
      try {
        if (spec.timeLimit().isPresent() && !process.waitFor(spec.timeLimit().get().toMillis(), TimeUnit.MILLISECONDS)) {
          overdue.set(true);
          kill(Signal.KILL);
        }
        int status = process.waitFor();
        out.join();
        err.join();
        emit(new ProcessEvent.Ended(status > 128 ? -1 : status, "exit status " + status,
            overdue.get() ? Optional.of("deadline exceeded") : Optional.empty()));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void pump(InputStream in, Channel channel) {
      byte[] buffer = new byte[32768];
      try {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          emit(new ProcessEvent.Output(channel, Arrays.copyOf(buffer, n)));
        }
      } catch (IOException e) {
        // The process was killed: its end is told by watch().
      }
    }
  }

  private static final class Stream implements ProcessStream {
    private static final ProcessEvent CLOSED = new ProcessEvent.Started(-1);
    private final BlockingQueue<ProcessEvent> events = new ArrayBlockingQueue<>(16);
    private volatile boolean closed;
    private boolean ended;

    void offer(ProcessEvent event) {
      try {
        while (!closed && !events.offer(event, 20, TimeUnit.MILLISECONDS)) {
          Thread.onSpinWait();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Optional<ProcessEvent> next() {
      if (closed || ended) {
        return Optional.empty();
      }
      try {
        ProcessEvent event = events.take();
        ended = event instanceof ProcessEvent.Ended;
        return event == CLOSED ? Optional.empty() : Optional.of(event);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }

    @Override
    public void close() {
      closed = true;
      events.clear();
      events.offer(CLOSED);
    }
  }
}
