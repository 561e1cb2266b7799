package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService.DriverInfo;
import dev.wrenn.platform.PlatformException;
import java.util.List;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;
import org.apache.karaf.shell.support.completers.StringsCompleter;

@Service
@Command(scope = "driver", name = "probe", description = "Has a driver find out anew what it can do; may take half a minute. Fails when it is not usable")
public final class DriverProbeCommand extends HostCommand {
  @Option(name = "--host", description = "Id of the host; needed when several have this driver")
  String host;

  @Argument(name = "kind", required = true, description = "hypervisor, storage or network")
  @Completion(value = StringsCompleter.class, values = {"hypervisor", "storage", "network"})
  String kind;

  @Argument(index = 1, name = "name", required = true, description = "Name of the driver")
  @Completion(DriverCompleter.class)
  String name;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    DriverInfo found = hosts().probe(operator, place(operator), kind, name);
    Facts facts = new Facts()
        .add("host", found.host())
        .add("driver", found.kind() + " " + found.name() + " " + found.version())
        .add("usable", DriverListCommand.usable(found))
        .add("summary", found.summary())
        .add("capsules", found.capsules());
    new TreeMap<>(found.facts()).forEach(facts::add);
    facts.print(System.out);
    if (!found.usable().orElse(false)) {
      throw Failure.of("Driver " + kind + " " + name + " is not usable on " + found.host() + ": " + found.summary());
    }
  }

  private String place(Caller operator) throws CommandException, PlatformException {
    if (host != null) {
      return host;
    }
    List<DriverInfo> all = hosts().drivers(operator);
    List<String> places = all.stream().filter(driver -> driver.kind().equals(kind) && driver.name().equals(name)).map(DriverInfo::host).toList();
    if (places.isEmpty()) {
      throw Failure.of("No host has a " + kind + " driver " + name + "; there are: "
          + String.join(", ", all.stream().map(driver -> driver.kind() + " " + driver.name()).distinct().sorted().toList()));
    }
    if (places.size() > 1) {
      throw Failure.of("Several hosts have the driver " + kind + " " + name + ": say which with --host, one of " + String.join(", ", places));
    }
    return places.getFirst();
  }
}
