package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService.DriverInfo;
import dev.wrenn.platform.PlatformException;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "driver", name = "list", description = "Lists the drivers of all hosts and what their last probe found")
public final class DriverListCommand extends HostCommand {
  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    Listing table = new Listing("No drivers: no host is connected, or none has a driver installed",
        "Host", "Kind", "Name", "Version", "Preferred", "Usable", "Capsules", "Summary");
    for (DriverInfo driver : hosts().drivers(operator)) {
      table.row(driver.host(), driver.kind(), driver.name(), driver.version(), driver.preferred() ? "yes" : "no",
          usable(driver), driver.capsules(), driver.summary());
    }
    table.print(System.out, noFormat, json);
  }

  static String usable(DriverInfo driver) {
    return driver.usable().map(yes -> yes ? "yes" : "no").orElse("not probed");
  }
}
