package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService;
import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "resume", description = "Lets paused capsules go on where they were")
public final class ResumeCommand extends CapsuleCommand {
  @Option(name = "--cold", description = "Boots them from their disk, without what was in their memory")
  boolean cold;

  @Argument(name = "ids", required = true, multiValued = true, description = "Ids of the capsules")
  @Completion(PausedCapsuleCompleter.class)
  List<String> ids;

  @Override
  void run(Caller operator) throws CommandException {
    CapsuleService capsules = capsules();
    Each.of(ids, id -> capsules.resume(operator, id, cold).id());
  }
}
