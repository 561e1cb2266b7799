package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "logs", description = "Shows the end of what kernel and agent of a capsule wrote to its console")
public final class LogsCommand extends CapsuleCommand {
  private static final int MAX_BYTES = 1 << 20;
  private static final Duration LOOK = Duration.ofSeconds(1);

  @Option(name = "-n", aliases = "--lines", valueToShowInHelp = "100", description = "How many lines of what is there")
  int lines = 100;

  @Option(name = "-f", aliases = "--follow", description = "Shows what comes, too, until the capsule ends or the interrupt key is hit")
  boolean follow;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(AnyCapsuleCompleter.class)
  String id;

  @Reference
  Session session;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, IOException, InterruptedException {
    if (lines < 0) {
      throw Failure.of("-n is " + lines + ", but must be at least 0.");
    }
    CapsuleService capsules = capsules();
    PrintStream out = System.out;
    ConsoleText text = new ConsoleText(lines);
    if (!follow) {
      out.print(text.next(capsules.console(operator, id, MAX_BYTES)));
      out.flush();
      return;
    }
    try (Changes changes = new Changes(capsules, operator, id)) {
      out.print(text.next(capsules.console(operator, id, MAX_BYTES)));
      while (heard(out) && changes.await(LOOK)) {
        if (over(capsules.get(operator, id))) {
          // Its console went with it.
          return;
        }
        try {
          out.print(text.next(capsules.console(operator, id, MAX_BYTES)));
        } catch (PlatformException e) {
          if (!over(capsules.get(operator, id))) {
            throw e;
          }
        }
      }
    }
  }

  private boolean heard(PrintStream out) {
    return !out.checkError() && !session.getConsole().checkError();
  }

  private static boolean over(Capsule capsule) {
    return capsule.status().ended();
  }
}
