package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;
import org.apache.karaf.shell.support.completers.StringsCompleter;

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

  @Option(name = "--timeout", valueToShowInHelp = "0", description = "Idle seconds after which happens what --on-idle says; 0: never")
  Integer timeoutSec;

  @Option(name = "--lifetime", valueToShowInHelp = "no end", description = "Seconds after which happens what --on-end says, whatever it does")
  Integer lifetimeSec;

  @Option(name = "--on-end", valueToShowInHelp = "end", description = "What becomes of it when its lifetime is over: pause or end")
  @Completion(value = StringsCompleter.class, values = {"pause", "end"})
  String onEnd = CapsuleOptions.DEFAULT.onEnd().wire();

  @Option(name = "--on-idle", valueToShowInHelp = "pause", description = "What becomes of it when it is idle: pause or end")
  @Completion(value = StringsCompleter.class, values = {"pause", "end"})
  String onIdle = CapsuleOptions.DEFAULT.onIdle().wire();

  @Option(name = "--wake", description = "Lets its next use while it is paused resume it")
  boolean wake;

  @Option(name = "--disk", aliases = "-d", valueToShowInHelp = "as the template", description = "Size of its disk in MB")
  Integer diskMb;

  @Option(name = "--steps", description = "Shows what each step took")
  boolean steps;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    Capsule made = capsules().create(operator, new NewCapsule(Optional.ofNullable(template), Optional.ofNullable(vcpus),
        Optional.ofNullable(memoryMb), Optional.ofNullable(timeoutSec), Optional.ofNullable(diskMb), lifetime(),
        CapsuleOptions.DEFAULT.over(then("--on-end", onEnd), then("--on-idle", onIdle), wake)), Optional.empty());
    System.out.println(made.id());
    if (steps) {
      StepBars.of(made.steps()).forEach(System.out::println);
    }
  }

  private Optional<Duration> lifetime() {
    return Optional.ofNullable(lifetimeSec).filter(seconds -> seconds > 0).map(Duration::ofSeconds);
  }

  private static Then then(String option, String word) throws CommandException {
    return Then.of(word).orElseThrow(() -> new CommandException(option + " is pause or end, not '" + word + "'"));
  }
}
