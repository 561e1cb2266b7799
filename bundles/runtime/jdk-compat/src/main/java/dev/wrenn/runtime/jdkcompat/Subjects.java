package dev.wrenn.runtime.jdkcompat;

import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import javax.security.auth.Subject;

/**
 * Who runs the current code, as Karaf's shell and access control expect it: threads inherit the subject of the thread that
 * starts them. {@link Subject#current()} alone is not enough, because it is lost in the threads in which the shell runs a
 * command. All methods may be called from any thread and block only as long as the action does.
 */
public final class Subjects {

  // Static because woven code has no instance to ask, and inheritable because that is the point of this class.
  private static final InheritableThreadLocal<Subject> CURRENT = new InheritableThreadLocal<>();

  private Subjects() {}

  /** The subject of this thread, or null when nobody is logged in. */
  public static Subject current() {
    Subject inherited = CURRENT.get();
    return inherited != null ? inherited : Subject.current();
  }

  /** Runs {@code action} as {@code subject} and returns its result; whatever unchecked the action throws comes out unchanged. */
  public static Object doAs(Subject subject, PrivilegedAction<?> action) {
    try {
      return call(subject, action::run);
    } catch (PrivilegedActionException impossible) {
      throw new IllegalStateException("an action without checked exceptions threw one", impossible.getException());
    }
  }

  /**
   * Runs {@code action} as {@code subject} and returns its result.
   *
   * @throws PrivilegedActionException around a checked exception of the action; unchecked ones come out unchanged
   */
  public static Object doAs(Subject subject, PrivilegedExceptionAction<?> action) throws PrivilegedActionException {
    return call(subject, action::run);
  }

  private static Object call(Subject subject, Callable<?> action) throws PrivilegedActionException {
    Subject before = CURRENT.get();
    set(subject);
    try {
      return Subject.callAs(subject, action);
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (failure.getCause() instanceof Exception checked) {
        throw new PrivilegedActionException(checked);
      }
      throw failure;
    } finally {
      set(before);
    }
  }

  private static void set(Subject subject) {
    if (subject == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(subject);
    }
  }
}
