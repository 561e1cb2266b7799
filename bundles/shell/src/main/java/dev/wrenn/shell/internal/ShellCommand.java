package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.Processes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "shell", description = "Opens an interactive shell in a capsule, on this terminal")
public final class ShellCommand extends CapsuleCommand {
  private static final String BEST_SHELL = "[ -x /bin/bash ] && exec /bin/bash -l; exec /bin/sh -l";

  @Option(name = "--user", aliases = "-u", valueToShowInHelp = "the capsule's default user", description = "User in the capsule")
  String user;

  @Option(name = "--attach", valueToShowInHelp = "a new shell",
      description = "Goes back to a program on a terminal that runs already: its pid or tag, as capsule:ps shows it")
  String attach;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(RunningCapsuleCompleter.class)
  String id;

  @Reference
  Session session;

  private ExitCode code;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, GuestException, IOException, InterruptedException {
    Screen screen = Screen.take(session).orElseThrow(() -> Failure.of(
        "There is no interactive terminal here. Log in first (bin/client without a command, or ssh), then give: capsule:shell " + id
            + ", or use ssh -t. For a single command there is capsule:exec."));
    Processes processes = capsules().processes(operator, id);
    ProcessSpec spec = new ProcessSpec("/bin/sh", List.of("-c", BEST_SHELL), Map.of("TERM", screen.type()), Optional.empty(),
        Optional.ofNullable(user), Optional.empty(), true, Optional.of(screen.size()), Optional.empty());
    say(DetachKey.NAME + " leaves it running.");
    RemoteTerminal terminal = new RemoteTerminal(processes, screen);
    RemoteTerminal.Visit visit = attach == null ? terminal.start(spec) : terminal.attach(ProcessSelector.parse(attach));
    if (visit.end().isEmpty()) {
      say("");
      say("Process " + visit.pid() + " runs on: capsule:shell --attach " + visit.pid() + " " + id + " goes back to it.");
      return;
    }
    Ended end = visit.end().get();
    if (end.error().isPresent() || end.exitCode() < 0) {
      throw Failure.of("The shell in " + id + " was ended: " + end.error().orElse(end.status()));
    }
    code = new ExitCode(end.exitCode());
  }

  /** Whoever is at the other end may have a terminal in raw mode. */
  private void say(String line) {
    session.getConsole().print(line + "\r\n");
    session.getConsole().flush();
  }

  @Override
  Object result() {
    return code;
  }
}
