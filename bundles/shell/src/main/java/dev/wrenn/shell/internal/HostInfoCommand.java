package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService.Host;
import dev.wrenn.platform.PlatformException;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "host", name = "info", description = "Shows the hosts: whether they take capsules, what limits them, how full they are")
public final class HostInfoCommand extends HostCommand {
  @Argument(name = "id", description = "Id of a host; without it all are shown")
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    List<Host> all = hosts().hosts(operator);
    List<Host> shown = all.stream().filter(host -> id == null || host.id().equals(id)).toList();
    if (id != null && shown.isEmpty()) {
      throw Failure.of("Host " + id + " is not connected; there are: " + String.join(", ", all.stream().map(Host::id).toList()));
    }
    if (shown.isEmpty()) {
      System.out.println("No host is connected: start one with WRENN_ROLE=all or WRENN_ROLE=host");
    }
    boolean first = true;
    for (Host host : shown) {
      if (!first) {
        System.out.println();
      }
      first = false;
      facts(host).print(System.out);
    }
  }

  private static Facts facts(Host host) {
    Facts facts = new Facts()
        .add("id", host.id())
        .add("takes capsules", host.accepting() ? "yes" : "no")
        .add("capsules", host.capsules())
        .add("cpus", share(host.cpuUsed(), host.cpuTotal(), ""))
        .add("memory", share(host.memoryUsedMib(), host.memoryTotalMib(), " MiB"))
        .add("disk", share(host.diskUsedMib(), host.diskTotalMib(), " MiB"))
        .add("connected", host.since() + " (" + Listing.age(host.since(), Instant.now()) + ")");
    for (int problem = 0; problem < host.problems().size(); problem++) {
      facts.add("problem " + (problem + 1), host.problems().get(problem));
    }
    new TreeMap<>(host.facts()).forEach(facts::add);
    return facts;
  }

  static String share(long used, long total, String unit) {
    return used + " of " + total + unit + (total > 0 ? " (" + used * 100 / total + "%)" : "");
  }
}
