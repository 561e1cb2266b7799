package dev.wrenn.console;

import com.vaadin.flow.server.VaadinSession;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import java.util.Optional;

/** The person in front of this browser session. Rights are asked anew for each action, never kept. */
final class Visitor {
  private Visitor() {}

  static void signIn(String email, String password) throws PlatformException {
    SignIn.Session session = Platform.call(SignIn.class, s -> s.login(email, password));
    VaadinSession.getCurrent().setAttribute(SignIn.Session.class, session);
  }

  static void signOut() {
    VaadinSession.getCurrent().setAttribute(SignIn.Session.class, null);
  }

  static Optional<SignIn.Session> session() {
    return Optional.ofNullable(VaadinSession.getCurrent().getAttribute(SignIn.Session.class));
  }

  static Caller caller() throws PlatformException {
    return caller(token());
  }

  /** For threads that have no current session: pass the {@link #token} along. */
  static Caller caller(String token) throws PlatformException {
    return Platform.call(SignIn.class, s -> s.bearer(token));
  }

  static String token() throws PlatformException {
    return session().orElseThrow(() -> new PlatformException(PlatformException.Code.UNAUTHORIZED, "Sign in first.")).token();
  }
}
