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
@Command(scope = "template", name = "delete", description = "Removes templates of the team")
public final class TemplateDeleteCommand extends CapsuleCommand {
  @Argument(name = "names", required = true, multiValued = true, description = "Names of the templates")
  @Completion(TemplateCompleter.class)
  List<String> names;

  @Override
  void run(Caller operator) throws CommandException {
    CapsuleService capsules = capsules();
    Each.of(names, name -> {
      capsules.deleteTemplate(operator, name);
      return name;
    });
  }
}
