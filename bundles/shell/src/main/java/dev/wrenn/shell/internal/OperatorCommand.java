package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.support.CommandException;

/**
 * A command that the operator of this machine gives. Services are optional for Karaf, so that a command is there and says that the
 * platform starts; Karaf sets them anew for each call.
 */
abstract class OperatorCommand implements Action {
  @Reference(optional = true)
  SignIn signIn;

  @Override
  public final Object execute() throws CommandException {
    try {
      run(needed(signIn).operator());
      return result();
    } catch (PlatformException | GuestException | IOException e) {
      throw Failure.because(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of("Interrupted.");
    }
  }

  abstract void run(Caller operator) throws CommandException, PlatformException, GuestException, IOException, InterruptedException;

  /** What the shell gets as the command's result, after {@link #run}. */
  Object result() {
    return null;
  }

  /** A service, once it is there. */
  static <T> T needed(T service) throws CommandException {
    if (service == null) {
      throw Failure.of("The platform is starting: try again in a moment. If this goes on, log:display says why.");
    }
    return service;
  }
}
