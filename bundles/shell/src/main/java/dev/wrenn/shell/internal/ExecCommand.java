package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.Processes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "exec",
    description = "Runs a command in a capsule and shows its output as it comes; fails when the command does. Options stand before the id: all after it goes to the command")
@Parsing(ExecParser.class)
public final class ExecCommand extends CapsuleCommand {
  @Option(name = "--cwd", valueToShowInHelp = "the user's home", description = "Directory in the capsule to run it in")
  String cwd;

  @Option(name = "--env", aliases = "-e", multiValued = true, description = "A variable as NAME=VALUE; may be given several times")
  List<String> env;

  @Option(name = "--user", aliases = "-u", valueToShowInHelp = "the capsule's default user", description = "User in the capsule")
  String user;

  @Option(name = "--timeout", valueToShowInHelp = "none", description = "Seconds after which the command is killed")
  Integer timeoutSec;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(RunningCapsuleCompleter.class)
  String id;

  @Argument(index = 1, name = "command", required = true, multiValued = true, description = "Program and its arguments; no shell is put around them")
  List<Object> command;

  @Reference
  Session session;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, GuestException, InterruptedException {
    ProcessSpec spec = spec();
    Processes processes = capsules().processes(operator, id);
    Ended end = new Execution(processes, spec).copyTo(Outlet.of(session));
    Optional<String> problem = problem(end);
    if (problem.isPresent()) {
      throw Failure.of(spec.command() + " in " + id + " " + problem.get());
    }
  }

  private ProcessSpec spec() throws CommandException {
    List<String> words = Words.of(command);
    if (words.isEmpty()) {
      throw Failure.of("Say what to run in " + id + ": capsule:exec " + id + " COMMAND [ARGUMENT…]");
    }
    if (timeoutSec != null && timeoutSec < 1) {
      throw Failure.of("--timeout is " + timeoutSec + ", but must be at least 1 second; without it there is no limit.");
    }
    return new ProcessSpec(words.getFirst(), words.subList(1, words.size()), Words.variables(env), Optional.ofNullable(cwd),
        Optional.ofNullable(user), Optional.empty(), false, Optional.empty(), Optional.ofNullable(timeoutSec).map(Duration::ofSeconds));
  }

  private Optional<String> problem(Ended end) {
    if (end.error().isPresent()) {
      String limit = timeoutSec == null ? "" : " (limit: " + timeoutSec + " s)";
      return Optional.of("was ended: " + end.error().get() + limit);
    }
    if (end.exitCode() < 0) {
      return Optional.of("was ended by " + end.status());
    }
    return end.exitCode() == 0 ? Optional.empty() : Optional.of("ended with exit code " + end.exitCode());
  }
}
