package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.ProcessSpec;
import java.time.Duration;

/** A command to run, checked. @param timeLimit of a foreground command */
record ExecOrder(ProcessSpec spec, boolean background, Duration timeLimit) {
  /** @throws PlatformException {@code INVALID_REQUEST} */
  static ExecOrder of(Requests.Exec command, int defaultSeconds) throws PlatformException {
    ProcessSpec spec = Commands.spec(command.cmd(), command.args(), command.envs(), command.cwd(), command.user());
    if (Boolean.TRUE.equals(command.background())) {
      return new ExecOrder(spec.withTag(Commands.blank(command.tag()) ? Commands.tag("proc") : command.tag()), true, Duration.ZERO);
    }
    boolean unset = command.timeoutSec() == null || command.timeoutSec() <= 0;
    Duration limit = Duration.ofSeconds(unset ? defaultSeconds : command.timeoutSec());
    return new ExecOrder(spec.withTimeLimit(limit), false, limit);
  }
}
