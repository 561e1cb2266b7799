package dev.wrenn.shell.internal;

import dev.wrenn.process.ProcessEvent.Channel;
import java.io.PrintStream;
import org.apache.karaf.shell.api.console.Session;

/** Where the output of a command in a capsule goes, byte by byte the same and at once. */
final class Outlet {
  private final PrintStream out;
  private final PrintStream err;
  private final PrintStream console;

  private Outlet(PrintStream out, PrintStream err, PrintStream console) {
    this.out = out;
    this.err = err;
    this.console = console;
  }

  /** Of the thread that calls, so that pipes and redirections of the shell work. */
  static Outlet of(Session session) {
    // Karaf loses the error stream of a single command over SSH: it is never flushed before the channel closes.
    return new Outlet(System.out, Screen.of(session).isPresent() ? System.err : System.out, session.getConsole());
  }

  /** @return whether somebody is there to read it */
  boolean write(Channel channel, byte[] data) {
    PrintStream to = channel == Channel.STDERR ? err : out;
    to.write(data, 0, data.length);
    // A stream of the shell hands bytes to the console behind it, but neither a flush nor an error the other way.
    return !to.checkError() && !console.checkError();
  }
}
