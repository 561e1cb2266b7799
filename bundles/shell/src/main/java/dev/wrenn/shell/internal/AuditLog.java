package dev.wrenn.shell.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.security.Principal;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.security.auth.Subject;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.CommandSessionListener;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes who gave which command to the log named {@code audit}: before it runs, and again when it fails. */
@Component(service = CommandSessionListener.class)
public final class AuditLog implements CommandSessionListener {
  private static final Logger LOG = LoggerFactory.getLogger("audit");
  private static final int LINE = 1000;

  private final StartScripts scripts;

  @Activate
  public AuditLog(BundleContext context) throws IOException {
    this(StartScripts.in(Path.of(context.getProperty("karaf.etc"))));
  }

  AuditLog(StartScripts scripts) {
    this.scripts = scripts;
  }

  @Override
  public void beforeExecute(CommandSession session, CharSequence line) {
    if (!line.toString().isBlank()) {
      LOG.info("{} runs {}", who(session), shown(line));
    }
  }

  @Override
  public void afterExecute(CommandSession session, CharSequence line, Exception failure) {
    LOG.info("{} failed in {}: {}", who(session), shown(line), shown(String.valueOf(failure.getMessage())));
  }

  @Override
  public void afterExecute(CommandSession session, CharSequence line, Object result) {
    // That it began is in the log already.
  }

  /** A script that every session begins with is told by its name, as long as it is what the platform started with. */
  String shown(CharSequence text) {
    Optional<String> script = scripts.name(text);
    if (script.isPresent()) {
      return "(" + script.get() + ")";
    }
    String line = Secrets.hidden(Listing.oneLine(text.toString()));
    return line.length() <= LINE ? line : line.substring(0, LINE) + "…";
  }

  /** From the login and not from the session's variables: those the client chooses. */
  static String who(CommandSession session) {
    Subject subject = session.get(Subject.class.getName()) instanceof Subject login ? login : Subject.current();
    String names = subject == null ? "" : subject.getPrincipals().stream()
        .filter(principal -> principal.getClass().getSimpleName().equals("UserPrincipal")).map(Principal::getName).sorted()
        .collect(Collectors.joining(","));
    return names.isEmpty() ? "(nobody logged in)" : Listing.oneLine(names);
  }
}
