package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService.StateChange;
import dev.wrenn.platform.PlatformException;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "history", description = "Shows what became of a capsule: its last 200 states, oldest first")
public final class HistoryCommand extends CapsuleCommand {
  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(AnyCapsuleCompleter.class)
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    Listing table = new Listing("Nothing is known of the states of " + id, "At", "Status", "Reason", "Steps in ms");
    for (StateChange change : capsules().history(operator, id)) {
      table.row(change.at(), change.status().name().toLowerCase(Locale.ROOT), change.reason().map(reason -> reason.step() + ": " + reason.message()),
          change.steps().stream().map(HistoryCommand::step).collect(Collectors.joining(" ")));
    }
    table.print(System.out, noFormat, json);
  }

  private static String step(Capsule.Step step) {
    return step.name() + "=" + Math.round(step.millis());
  }
}
