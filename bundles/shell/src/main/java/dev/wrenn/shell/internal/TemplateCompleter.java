package dev.wrenn.shell.internal;

import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names of templates; none while the platform can't say. */
@Service
public final class TemplateCompleter implements Completer {
  private static final Logger LOG = LoggerFactory.getLogger(TemplateCompleter.class);

  @Reference(optional = true)
  SignIn signIn;

  @Reference(optional = true)
  CapsuleService capsules;

  @Override
  public int complete(Session session, CommandLine line, List<String> candidates) {
    if (signIn == null || capsules == null) {
      return -1;
    }
    try {
      List<String> names = capsules.templates(signIn.operator()).stream().map(CapsuleService.Template::name).toList();
      return new StringsCompleter(names).complete(session, line, candidates);
    } catch (PlatformException e) {
      LOG.debug("No templates to offer: {}", e.getMessage());
      return -1;
    }
  }
}
