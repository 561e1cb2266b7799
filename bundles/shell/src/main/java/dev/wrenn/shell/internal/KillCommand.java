package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.Processes;
import dev.wrenn.process.Processes.Signal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;
import org.apache.karaf.shell.support.completers.StringsCompleter;

@Service
@Command(scope = "capsule", name = "kill",
    description = "Sends a signal to processes that were started in a capsule through the platform. For example: capsule:kill -s INT cl-… 42 server")
public final class KillCommand extends CapsuleCommand {
  @Option(name = "-s", aliases = "--signal", valueToShowInHelp = "TERM", description = "TERM, KILL, INT or HUP; it reaches the whole process group")
  @Completion(value = StringsCompleter.class, values = {"TERM", "KILL", "INT", "HUP"})
  String signal = "TERM";

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(RunningCapsuleCompleter.class)
  String id;

  @Argument(index = 1, name = "process", required = true, multiValued = true, description = "Pids or tags, as capsule:ps shows them")
  List<String> names;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, GuestException {
    Signal meant = signal();
    Processes processes = capsules().processes(operator, id);
    List<String> failures = new ArrayList<>();
    for (String name : names) {
      try {
        processes.signal(ProcessSelector.parse(name), meant);
      } catch (GuestException e) {
        if (e.code() != GuestException.Code.NOT_FOUND) {
          throw e;
        }
        failures.add("No process " + name + " that was started through the platform runs in " + id + ": capsule:ps " + id + " lists them.");
      }
    }
    if (!failures.isEmpty()) {
      throw Failure.of(String.join(" ", failures));
    }
  }

  private Signal signal() throws CommandException {
    String name = signal.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
    return Arrays.stream(Signal.values()).filter(known -> known.name().equals(name)).findFirst()
        .orElseThrow(() -> Failure.of("There is no signal '" + signal + "' here; one of TERM, KILL, INT, HUP. capsule:exec " + id + " kill -l has more."));
  }
}
