package dev.wrenn.guest.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The processes of one capsule, over the Connect protocol. */
final class AgentProcesses implements Processes {
  private static final String SERVICE = "process.Process/";
  private static final int INPUT_BYTES = 64 << 10;
  private static final int TERMINALS = 256;

  private final Agent agent;
  /** Processes known to be on a terminal: their input has another name. Only saves a call that would be refused. */
  private final Set<ProcessSelector> terminals = ConcurrentHashMap.newKeySet();

  AgentProcesses(Agent agent) {
    this.agent = agent;
  }

  @Override
  public ProcessStream start(ProcessSpec spec) throws GuestException {
    Request request = stream("Start", ProcessJson.start(spec));
    spec.user().ifPresent(request::user);
    spec.timeLimit().ifPresent(request::limit);
    AgentStream stream = open(request, "starting " + Texts.clean(spec.command(), 80));
    if (spec.terminal().isPresent()) {
      remember(new ProcessSelector.Pid(stream.pid()));
      spec.tag().ifPresent(tag -> remember(new ProcessSelector.Tag(tag)));
    }
    return stream;
  }

  @Override
  public ProcessStream connect(ProcessSelector process, boolean replay) throws GuestException {
    return open(stream("Connect", ProcessJson.connect(process, replay)), "attaching to process " + process);
  }

  @Override
  public List<ProcessInfo> list() throws GuestException {
    String what = "the list of processes";
    try {
      return ProcessJson.list(agent.call(Request.unary(SERVICE + "List", ProcessJson.bytes(ProcessJson.JSON.createObjectNode())), what,
          agent.callLimit(), true));
    } catch (IOException e) {
      throw agent.failure(what, e);
    }
  }

  @Override
  public void signal(ProcessSelector process, Signal signal) throws GuestException {
    call("SendSignal", ProcessJson.signal(process, signal), "signalling process " + process, true);
  }

  @Override
  public void write(ProcessSelector process, byte[] data) throws GuestException {
    for (int offset = 0; offset < data.length; offset += INPUT_BYTES) {
      int length = Math.min(INPUT_BYTES, data.length - offset);
      try {
        write(process, data, offset, length);
      } catch (GuestException e) {
        throw offset == 0 ? e : new GuestException(e.code(), e.getMessage() + " (the first " + offset + " bytes were written)", e);
      }
    }
  }

  @Override
  public void closeInput(ProcessSelector process) throws GuestException {
    call("CloseStdin", ProcessJson.select(process), "ending the input of process " + process, true);
  }

  @Override
  public void resize(ProcessSelector process, ProcessSpec.TerminalSize size) throws GuestException {
    call("Update", ProcessJson.resize(process, size), "resizing the terminal of process " + process, true);
  }

  private void write(ProcessSelector process, byte[] data, int offset, int length) throws GuestException {
    boolean terminal = terminals.contains(process);
    try {
      input(process, data, offset, length, terminal);
    } catch (GuestException refusal) {
      if (refusal.code() != Code.CONFLICT && refusal.code() != Code.AGENT && refusal.code() != Code.INVALID) {
        throw refusal;
      }
      try {
        input(process, data, offset, length, !terminal);
      } catch (GuestException e) {
        throw new GuestException(Code.CONFLICT, "Process " + process + " has no input to write to: " + refusal.getMessage(), refusal);
      }
      if (terminal) {
        terminals.remove(process);
      } else {
        remember(process);
      }
    }
  }

  private void input(ProcessSelector process, byte[] data, int offset, int length, boolean terminal) throws GuestException {
    call("SendInput", ProcessJson.input(process, data, offset, length, terminal), "writing to process " + process, false);
  }

  private void remember(ProcessSelector process) {
    if (terminals.size() >= TERMINALS) {
      terminals.clear();
    }
    terminals.add(process);
  }

  private void call(String method, byte[] message, String what, boolean repeatable) throws GuestException {
    agent.call(Request.unary(SERVICE + method, message), what, agent.callLimit(), repeatable);
  }

  private Request stream(String method, byte[] message) {
    return Request.stream(SERVICE + method, message).keepAlive(agent.limits().keepAlive());
  }

  private AgentStream open(Request request, String what) throws GuestException {
    Deadline within = agent.callLimit();
    Exchange exchange = agent.open(request, what, within, false);
    AgentStream stream = new AgentStream(agent, exchange, what);
    stream.begin();
    return stream;
  }
}
