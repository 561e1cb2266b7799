package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.PlatformException;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "create", description = "Makes a capsule, waits until code can run in it, and prints its id")
public final class CreateCommand extends CapsuleCommand {
  @Option(name = "--template", aliases = "-t", valueToShowInHelp = "minimal", description = "What its disk starts from")
  @Completion(TemplateCompleter.class)
  String template;

  @Option(name = "--vcpus", aliases = "-c", valueToShowInHelp = "1", description = "Processors")
  Integer vcpus;

  @Option(name = "--memory", aliases = "-m", valueToShowInHelp = "512", description = "Memory in MB")
  Integer memoryMb;

  @Option(name = "--timeout", valueToShowInHelp = "0", description = "Idle seconds after which it is ended; 0: never")
  Integer timeoutSec;

  @Option(name = "--disk", aliases = "-d", valueToShowInHelp = "as the template", description = "Size of its disk in MB")
  Integer diskMb;

  @Option(name = "--steps", description = "Shows what each step took")
  boolean steps;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    Capsule made = capsules().create(operator, new NewCapsule(Optional.ofNullable(template), Optional.ofNullable(vcpus),
        Optional.ofNullable(memoryMb), Optional.ofNullable(timeoutSec), Optional.ofNullable(diskMb)), Optional.empty());
    System.out.println(made.id());
    if (steps) {
      StepBars.of(made.steps()).forEach(System.out::println);
    }
  }
}
