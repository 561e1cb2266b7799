package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService;
import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "pause",
    description = "Saves memory and disk of capsules and ends what runs for them; capsule:resume lets them go on")
public final class PauseCommand extends CapsuleCommand {
  @Argument(name = "ids", required = true, multiValued = true, description = "Ids of the capsules")
  @Completion(RunningCapsuleCompleter.class)
  List<String> ids;

  @Override
  void run(Caller operator) throws CommandException {
    CapsuleService capsules = capsules();
    Each.of(ids, id -> capsules.pause(operator, id).id());
  }
}
