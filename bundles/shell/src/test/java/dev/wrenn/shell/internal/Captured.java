package dev.wrenn.shell.internal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.karaf.shell.api.action.Action;
import org.junit.jupiter.api.Assertions;
import org.apache.karaf.shell.support.CommandException;

/** Commands print to the standard streams, which Karaf sets per thread; a test has them for itself while one runs. */
final class Captured {

  /** What the command printed; it must not fail. */
  static String output(Action command) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      Assertions.assertNull(command.execute());
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The one line that the shell shows when the command fails. */
  static String error(Action command) {
    PrintStream before = System.out;
    System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
    try {
      String line = Assertions.assertThrows(CommandException.class, command::execute).getNiceHelp();
      Assertions.assertFalse(line.contains("\n"), line);
      return line;
    } finally {
      System.setOut(before);
    }
  }

  private Captured() {}
}
