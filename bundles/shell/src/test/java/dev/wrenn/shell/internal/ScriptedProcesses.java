package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The agent of a capsule with one process; what is asked of it is kept, in words. */
final class ScriptedProcesses implements Processes {
  final ScriptedStream stream = new ScriptedStream();
  final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  volatile ProcessSpec started;
  volatile GuestException refusal;
  List<ProcessInfo> listed = List.of();
  ProcessSelector missing;

  @Override
  public ProcessStream start(ProcessSpec spec) throws GuestException {
    if (refusal != null) {
      throw refusal;
    }
    started = spec;
    return stream;
  }

  @Override
  public ProcessStream connect(ProcessSelector process, boolean replay) {
    asked.add("connect " + process + (replay ? " replay" : ""));
    return stream;
  }

  @Override
  public List<ProcessInfo> list() {
    return listed;
  }

  @Override
  public void signal(ProcessSelector process, Signal signal) throws GuestException {
    if (process.equals(missing)) {
      throw new GuestException(GuestException.Code.NOT_FOUND, "process not found");
    }
    asked.add("signal " + process + " " + signal);
  }

  @Override
  public void write(ProcessSelector process, byte[] data) throws GuestException {
    if (refusal != null) {
      throw refusal;
    }
    asked.add("write " + process + " " + new String(data, StandardCharsets.UTF_8));
  }

  @Override
  public void closeInput(ProcessSelector process) {
    asked.add("close " + process);
  }

  @Override
  public void resize(ProcessSelector process, ProcessSpec.TerminalSize size) {
    asked.add("resize " + process + " " + size.columns() + "x" + size.rows());
  }
}
