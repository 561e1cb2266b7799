package dev.wrenn.shell.internal;

import dev.wrenn.platform.PlatformException;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.support.CommandException;

/** The same for each of several names; goes on after a failure and tells all of them at the end. */
final class Each {
  interface Deed {
    /** @return what to print */
    String of(String name) throws PlatformException;
  }

  static void of(List<String> names, Deed deed) throws CommandException {
    List<String> failures = new ArrayList<>();
    for (String name : names) {
      try {
        System.out.println(deed.of(name));
      } catch (PlatformException e) {
        failures.add(e.getMessage());
      }
    }
    if (!failures.isEmpty()) {
      throw Failure.of(String.join(" ", failures));
    }
  }

  private Each() {}
}
