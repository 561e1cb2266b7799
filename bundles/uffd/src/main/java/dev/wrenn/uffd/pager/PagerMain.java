package dev.wrenn.uffd.pager;

import dev.wrenn.linux.fault.FaultDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;

/**
 * The pager, a process of its own: {@code PagerMain DIRECTORY BUILD}. In its directory it has the socket {@code control} and the file
 * {@code pager}, by which it is found again: pid, start time, version, build. It says {@code ready} on its standard output, or why it can't be, and
 * closes it then. It ends when it is asked to and serves nobody, and by itself when nobody has needed it for a while.
 */
public final class PagerMain {
  /** Name of the state file. */
  public static final String STATE = "pager";
  /** Name of the control socket. */
  public static final String CONTROL = "control";
  private static final long IDLE_SECONDS = 60;
  private static final long LOOK_MILLIS = 5_000;
  private static Path directory;

  private PagerMain() {}

  public static void main(String[] arguments) throws Exception {
    directory = Path.of(arguments[0]);
    try {
      probe();
      Frame hello = Frame.of("hello").with("version", Frame.VERSION).with("build", arguments[1]).with("pid", ProcessHandle.current().pid())
          .with("ticks", startTicks());
      Tenants tenants = new Tenants();
      Control control = new Control(directory.resolve(CONTROL), tenants, hello);
      writeState(hello);
      Thread.ofPlatform().daemon().name("idle").start(() -> endWhenIdle(tenants, control));
      WarmUp.run(directory);
      say("ready");
      control.run();
    } catch (IOException e) {
      say(e.getMessage());
      System.exit(1);
    }
  }

  /** Removes what it would be found by, and ends. */
  static void end() {
    try {
      Files.deleteIfExists(directory.resolve(CONTROL));
      Files.deleteIfExists(directory.resolve(STATE));
    } catch (IOException e) {
      System.err.println("The state file could not be removed: " + e);
    }
    System.exit(0);
  }

  private static void probe() throws IOException {
    try (FaultDescriptor probe = FaultDescriptor.open()) {
      probe.handshake(FaultDescriptor.EVENT_REMOVE);
    }
  }

  private static void say(String words) {
    System.out.println(words.replaceAll("\\s+", " "));
    System.out.flush();
    System.out.close();
  }

  /** Field 22 of the process's own line; the name before may have blanks. */
  private static long startTicks() throws IOException {
    String line = Files.readString(Path.of("/proc/self/stat"));
    return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ")[19]);
  }

  private static void writeState(Frame hello) throws IOException {
    Properties state = new Properties();
    state.putAll(hello.fields());
    Path next = directory.resolve(STATE + ".new");
    Files.deleteIfExists(next);
    Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(next)) {
      state.store(out, null);
    }
    Files.move(next, directory.resolve(STATE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Also when its directory was removed: nobody can find it any more then. */
  private static void endWhenIdle(Tenants tenants, Control control) {
    while (true) {
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
      boolean unknown = !Files.exists(directory.resolve(STATE));
      if ((unknown || control.quietSeconds() >= IDLE_SECONDS) && tenants.leave()) {
        end();
      }
    }
  }
}
