package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.time.Instant;
import java.util.List;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "list", description = "Lists the capsules, newest first")
public final class ListCommand extends CapsuleCommand {
  @Option(name = "-a", aliases = "--all", description = "Also those that stopped or failed")
  boolean all;

  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    List<Capsule> found = capsules().list(operator, all);
    Listing table = new Listing(all ? "No capsules: capsule:create makes one" : "No capsules: capsule:create makes one, capsule:list -a shows those that ended",
        "ID", "Status", "Template", "vCPUs", "MB", "Disk MB", "Idle limit", "Host", "Age", "Reason");
    Instant now = Instant.now();
    for (Capsule capsule : found) {
      table.row(capsule.id(), capsule.status().wire(), capsule.template(), capsule.vcpus(), capsule.memoryMb(), capsule.diskMb(),
          capsule.timeoutSec() == 0 ? "none" : Listing.span(capsule.timeoutSec()), capsule.hostId(),
          Listing.age(capsule.createdAt(), now), capsule.reason().map(reason -> reason.step() + ": " + reason.message()));
    }
    table.print(System.out, noFormat, json);
  }
}
