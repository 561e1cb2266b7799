package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessInfo;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "ps",
    description = "Lists the processes that were started in a capsule through the platform; for all of them there is capsule:exec ID ps -ef")
public final class PsCommand extends CapsuleCommand {
  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(RunningCapsuleCompleter.class)
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, GuestException {
    Listing table = new Listing("Nothing that was started through the platform runs in " + id, "PID", "User", "Tag", "Directory", "Command");
    for (ProcessInfo process : capsules().processes(operator, id).list()) {
      table.row(process.pid(), process.user(), process.tag(), process.cwd(),
          Stream.concat(Stream.of(process.command()), process.args().stream()).collect(Collectors.joining(" ")));
    }
    table.print(System.out, noFormat, json);
  }
}
