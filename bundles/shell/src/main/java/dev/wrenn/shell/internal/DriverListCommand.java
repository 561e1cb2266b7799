package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService.DriverInfo;
import dev.wrenn.platform.PlatformException;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;
import org.apache.karaf.shell.support.table.ShellTable;

@Service
@Command(scope = "driver", name = "list", description = "Lists the drivers of all hosts and what their last probe found")
public final class DriverListCommand extends HostCommand {
  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    ShellTable table = Tables.of(noFormat, "Host", "Kind", "Name", "Version", "Preferred", "Usable", "Capsules", "Summary");
    table.emptyTableText("No drivers: no host is connected, or none has a driver installed");
    for (DriverInfo driver : hosts().drivers(operator)) {
      table.addRow().addContent(driver.host(), driver.kind(), driver.name(), driver.version(), driver.preferred() ? "yes" : "no",
          usable(driver), driver.capsules(), Tables.oneLine(driver.summary()));
    }
    Tables.print(table, noFormat);
  }

  static String usable(DriverInfo driver) {
    return driver.usable().map(yes -> yes ? "yes" : "no").orElse("not probed");
  }
}
