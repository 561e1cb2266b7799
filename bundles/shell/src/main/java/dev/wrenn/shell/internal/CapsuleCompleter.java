package dev.wrenn.shell.internal;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Offers the ids of some capsules; none while the platform can't say. */
abstract class CapsuleCompleter implements Completer {
  private static final Logger LOG = LoggerFactory.getLogger(CapsuleCompleter.class);

  @Reference(optional = true)
  SignIn signIn;

  @Reference(optional = true)
  CapsuleService capsules;

  private final boolean ended;

  CapsuleCompleter(boolean ended) {
    this.ended = ended;
  }

  abstract boolean fits(Capsule capsule);

  @Override
  public final int complete(Session session, CommandLine line, List<String> candidates) {
    if (signIn == null || capsules == null) {
      return -1;
    }
    try {
      List<String> ids = capsules.list(signIn.operator(), ended).stream().filter(this::fits).map(Capsule::id).toList();
      return new StringsCompleter(ids).complete(session, line, candidates);
    } catch (PlatformException e) {
      LOG.debug("No capsules to offer: {}", e.getMessage());
      return -1;
    }
  }
}
