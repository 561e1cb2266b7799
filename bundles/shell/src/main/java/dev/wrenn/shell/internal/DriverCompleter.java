package dev.wrenn.shell.internal;

import dev.wrenn.platform.HostService;
import dev.wrenn.platform.HostService.DriverInfo;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names of drivers, of the kind that stands before the cursor if there is one. */
@Service
public final class DriverCompleter implements Completer {
  private static final Logger LOG = LoggerFactory.getLogger(DriverCompleter.class);

  @Reference(optional = true)
  SignIn signIn;

  @Reference(optional = true)
  HostService hosts;

  @Override
  public int complete(Session session, CommandLine line, List<String> candidates) {
    if (signIn == null || hosts == null) {
      return -1;
    }
    try {
      Set<String> words = Set.copyOf(Arrays.stream(line.getArguments()).distinct().toList());
      List<DriverInfo> all = hosts.drivers(signIn.operator());
      List<DriverInfo> ofKind = all.stream().filter(driver -> words.contains(driver.kind())).toList();
      List<String> names = (ofKind.isEmpty() ? all : ofKind).stream().map(DriverInfo::name).distinct().toList();
      return new StringsCompleter(names).complete(session, line, candidates);
    } catch (PlatformException e) {
      LOG.debug("No drivers to offer: {}", e.getMessage());
      return -1;
    }
  }
}
