package dev.wrenn.linux;

import static org.junit.jupiter.api.Assertions.*;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommandTest {
  @Test
  void givesBackWhatTheToolWrote() throws IOException {
    Command.Result result = Command.of("sh", "-c", "cat; echo oops >&2").reading("héllo").run();
    assertEquals(new Command.Result(0, "héllo", "oops\n"), result);
  }

  @Test
  void failureNamesToolStatusAndWords() {
    var e = assertThrows(CommandFailedException.class, () -> Command.of("sh", "-c", "echo no such thing >&2; exit 3").run());
    assertEquals(3, e.exit());
    assertTrue(e.getMessage().startsWith("sh failed with status 3: no such thing"), e.getMessage());
  }

  @Test
  void attemptTakesAnyStatus() throws IOException {
    assertEquals(7, Command.of("sh", "-c", "exit 7").attempt().exit());
  }

  @Test
  void missingToolIsAnIoException() {
    IOException e = assertThrows(IOException.class, () -> Command.of("no-such-tool-here").run());
    assertTrue(e.getMessage().contains("no-such-tool-here"), e.getMessage());
  }

  @Test
  void limitKillsToolAndChildren() throws Exception {
    Command endless = Command.of("sh", "-c", "sleep 4711.25 & wait").within(Duration.ofMillis(300));
    assertThrows(CommandTimeoutException.class, endless::run);
    assertGone("4711.25");
  }

  @Test
  void interruptKillsTheTool() throws Exception {
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread caller = Thread.ofVirtual().start(() -> {
      try {
        Command.of("sleep", "4712.25").run();
        outcome.complete(null);
      } catch (IOException e) {
        outcome.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("flag lost"));
      }
    });
    awaitThere("4712.25");
    caller.interrupt();
    assertInstanceOf(InterruptedIOException.class, outcome.get(5, TimeUnit.SECONDS));
    assertGone("4712.25");
  }

  @Test
  void outputIsBounded() throws IOException {
    String out = Command.of("head", "-c", Integer.toString(3 * Command.CAPTURE_BYTES), "/dev/zero").run().stdout();
    assertEquals(Command.CAPTURE_BYTES, out.length());
  }

  @Test
  void inputThatNobodyReadsIsNoFailure() throws IOException {
    assertEquals(0, Command.of("true").reading(new byte[1 << 20]).run().exit());
  }

  private static boolean there(String argument) {
    return ProcessHandle.allProcesses().anyMatch(p -> p.info().arguments().map(a -> java.util.List.of(a).contains(argument)).orElse(false));
  }

  private static void awaitThere(String argument) {
    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
      while (!there(argument)) {
        Thread.onSpinWait();
      }
    });
  }

  private static void assertGone(String argument) {
    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
      while (there(argument)) {
        Thread.onSpinWait();
      }
    });
  }
}
