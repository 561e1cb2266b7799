package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.Processes;
import java.io.InputStream;

/** A command of a client: in the foreground to its end, or only its start. Thread-safe; blocks. */
final class ExecCall {
  private final PlatformServices platform;
  private final RestConfig config;
  private final Execution execution;

  ExecCall(PlatformServices platform, RestConfig config, Execution execution) {
    this.platform = platform;
    this.config = config;
    this.execution = execution;
  }

  record Result(int status, Object view) {}

  Result run(Caller caller, String capsule, InputStream body) throws PlatformException, GuestException {
    Requests.Exec command = Wire.read(body, config.maxBodyBytes(), Requests.Exec.class);
    ExecOrder order = ExecOrder.of(command, config.execTimeoutSeconds());
    Processes processes = platform.capsules().processes(caller, capsule);
    return order.background() ? new Result(202, execution.start(processes, capsule, order)) : new Result(200, execution.run(processes, capsule, order));
  }
}
