package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.Copy;
import dev.wrenn.platform.PlatformException;
import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "fork", description = "Makes running copies of a running capsule, with its memory and disk, and prints their ids")
public final class ForkCommand extends CapsuleCommand {
  @Option(name = "-n", aliases = "--count", valueToShowInHelp = "1", description = "How many, up to 100")
  int count = 1;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(RunningCapsuleCompleter.class)
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    List<Copy> copies = capsules().fork(operator, id, count);
    copies.forEach(copy -> copy.capsule().ifPresent(made -> System.out.println(made.id())));
    List<String> failures = copies.stream().flatMap(copy -> copy.failure().stream()).map(PlatformException::getMessage).distinct().toList();
    if (!failures.isEmpty()) {
      long made = copies.stream().filter(copy -> copy.capsule().isPresent()).count();
      throw Failure.of(made + " of " + copies.size() + " copies of " + id + " were made: " + String.join(" ", failures));
    }
  }
}
