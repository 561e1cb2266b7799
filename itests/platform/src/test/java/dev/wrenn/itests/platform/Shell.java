package dev.wrenn.itests.platform;

import dev.wrenn.runtime.jdkcompat.Subjects;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;

/** The Karaf shell for someone with one role, as a single command over SSH has it. */
final class Shell {
  private static final long LIMIT_SECONDS = 120;

  private final SessionFactory sessions;
  private final Subject subject;

  Shell(SessionFactory sessions, String role) {
    this.sessions = sessions;
    this.subject = new Subject(true, Set.of(new UserPrincipal("somebody"), new RolePrincipal(role)), Set.of(), Set.of());
  }

  /** What the command prints. @throws Exception what it fails with */
  String run(String command) throws Exception {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(output, true, StandardCharsets.UTF_8);
    // On a thread of its own: Karaf remembers for each thread what its first user may see.
    FutureTask<Object> done = new FutureTask<>(() -> execute(command, stream));
    Thread.ofPlatform().daemon().name("shell of a test").start(done);
    try {
      done.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception failure ? failure : e;
    }
    return output.toString(StandardCharsets.UTF_8);
  }

  private Object execute(String command, PrintStream stream) throws Exception {
    try {
      // The threads in which the shell runs commands inherit the subject, as they do behind a login.
      return Subjects.doAs(subject, (PrivilegedExceptionAction<Object>) () -> {
        Session session = sessions.create(new ByteArrayInputStream(new byte[0]), stream, stream);
        try {
          return session.execute(command);
        } finally {
          session.close();
        }
      });
    } catch (PrivilegedActionException e) {
      throw e.getException();
    }
  }
}
