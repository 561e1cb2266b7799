package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "template", name = "create",
    description = "Saves a running or paused capsule as a template and prints its name; capsule:create --template makes capsules from it")
public final class TemplateCreateCommand extends CapsuleCommand {
  @Option(name = "--overwrite", description = "It may take the place of a template of that name")
  boolean overwrite;

  @Argument(name = "id", required = true, description = "Id of the capsule; it stays what it is")
  @Completion(LiveCapsuleCompleter.class)
  String id;

  @Argument(index = 1, name = "name", description = "Of the template; without it one is made up")
  String name;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    System.out.println(capsules().snapshot(operator, id, Optional.ofNullable(name), overwrite).name());
  }
}
