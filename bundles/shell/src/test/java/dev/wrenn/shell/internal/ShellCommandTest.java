package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessSpec.TerminalSize;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.karaf.shell.support.CommandException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a terminal of JLine's that has a line discipline of its own, as the one of an SSH session. */
@Timeout(30)
class ShellCommandTest {
  private final TestPlatform platform = new TestPlatform();
  private final ScriptedProcesses processes = platform.processes;
  private final ByteArrayOutputStream console = new ByteArrayOutputStream();
  private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
  private final ShellCommand shell = new ShellCommand();
  private LineDisciplineTerminal terminal;
  private Attributes before;

  @BeforeEach
  void aTerminal() throws IOException {
    terminal = new LineDisciplineTerminal("test", "xterm-256color", seen, StandardCharsets.UTF_8);
    terminal.setSize(new Size(100, 30));
    before = terminal.getAttributes();
    platform.capsules.put("cl-1", TestPlatform.capsule("cl-1", CapsuleStatus.RUNNING, Optional.empty()));
    shell.signIn = platform;
    shell.service = platform;
    shell.session = TestSession.on(inKaraf(terminal), console);
    shell.id = "cl-1";
    processes.stream.with(new Started(7));
  }

  @AfterEach
  void close() throws IOException {
    terminal.close();
  }

  /** Karaf's terminals are JLine's too. */
  private static org.apache.karaf.shell.api.console.Terminal inKaraf(Terminal terminal) {
    return (org.apache.karaf.shell.api.console.Terminal) Proxy.newProxyInstance(ShellCommandTest.class.getClassLoader(),
        new Class<?>[] {Terminal.class, org.apache.karaf.shell.api.console.Terminal.class}, (self, method, arguments) -> {
          try {
            return method.invoke(terminal, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  /** What the shell shows at its end, an error or a result; null when there is none. */
  private CompletableFuture<String> running() {
    CompletableFuture<String> end = new CompletableFuture<>();
    Thread.ofPlatform().daemon().start(() -> {
      try {
        Object result = shell.execute();
        end.complete(result == null ? null : result.toString());
      } catch (CommandException e) {
        end.complete(e.getNiceHelp());
      } catch (RuntimeException e) {
        end.completeExceptionally(e);
      }
    });
    return end;
  }

  private String console() {
    return console.toString(StandardCharsets.UTF_8);
  }

  private void untilRaw() {
    while (terminal.getAttributes().getLocalFlag(Attributes.LocalFlag.ISIG)) {
      Thread.onSpinWait();
    }
  }

  private void ended(int code, String status) {
    processes.stream.with(new Ended(code, status, Optional.empty()));
  }

  private String typed() throws InterruptedException {
    return processes.asked.poll(20, TimeUnit.SECONDS);
  }

  private void type(String keys) throws IOException {
    terminal.processInputBytes(keys.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aShellGetsTheTerminalAsItIs() throws Exception {
    shell.user = "nobody";
    CompletableFuture<String> end = running();
    untilRaw();
    ended(0, "exit status 0");
    assertEquals("exit code 0", end.get(20, TimeUnit.SECONDS));
    assertEquals(Optional.of(new TerminalSize(100, 30)), processes.started.terminal());
    assertEquals(Map.of("TERM", "xterm-256color"), processes.started.env());
    assertEquals(Optional.of("nobody"), processes.started.user());
  }

  @Test
  void everyKeyGoesThroughTheInterruptKeyToo() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    type("\u0003");
    assertEquals("write 7 \u0003", typed());
    type("\r");
    assertEquals("write 7 \r", typed());
    type("\u0004");
    assertEquals("write 7 \u0004", typed());
    ended(0, "exit status 0");
    assertEquals("exit code 0", end.get(20, TimeUnit.SECONDS));
    assertEquals("", seen.toString(StandardCharsets.UTF_8), "the terminal has echoed keys");
  }

  @Test
  void outputIsShownByteForByte() throws Exception {
    byte[] bytes = {'a', '\n', (byte) 0xff, 27, '\r', '\n'};
    CompletableFuture<String> end = running();
    processes.stream.with(new Output(Channel.TERMINAL, bytes));
    ended(0, "exit status 0");
    assertEquals("exit code 0", end.get(20, TimeUnit.SECONDS));
    assertEquals(new String(bytes, StandardCharsets.ISO_8859_1), seen.toString(StandardCharsets.ISO_8859_1));
  }

  @Test
  void aNewSizeReachesTheCapsule() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    terminal.setSize(new Size(140, 50));
    terminal.raise(Terminal.Signal.WINCH);
    assertEquals("resize 7 140x50", typed());
    ended(0, "exit status 0");
    assertEquals("exit code 0", end.get(20, TimeUnit.SECONDS));
  }

  @Test
  void theTerminalIsAsBeforeAtTheEndAndTheNextKeyIsNotLost() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    assertNotEquals(before.toString(), terminal.getAttributes().toString());
    ended(3, "exit status 3");
    assertEquals("exit code 3", end.get(20, TimeUnit.SECONDS), "a result, and no error of the command");
    assertEquals(before.toString(), terminal.getAttributes().toString());
    type("x");
    assertEquals('x', terminal.reader().read(Duration.ofSeconds(20).toMillis()));
    assertTrue(processes.asked.isEmpty());
  }

  @Test
  void theTerminalIsAsBeforeWhenTheConnectionBreaks() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    processes.stream.failing(new GuestException(GuestException.Code.UNAVAILABLE, "The agent is gone."));
    assertEquals("Error: The agent is gone.", end.get(20, TimeUnit.SECONDS));
    assertEquals(before.toString(), terminal.getAttributes().toString());
  }

  @Test
  void keysThatDoNotArriveEndIt() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    processes.refusal = new GuestException(GuestException.Code.UNAVAILABLE, "The capsule does not answer.");
    type("x");
    assertEquals("Error: The capsule does not answer.", end.get(20, TimeUnit.SECONDS));
    assertEquals("signal 7 HUP", typed());
  }

  @Test
  void theDetachKeyLeavesTheShellRunning() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    type("x\20\21");
    assertEquals("write 7 x", typed());
    assertNull(end.get(20, TimeUnit.SECONDS));
    assertTrue(processes.asked.isEmpty(), "it is not hung up");
    assertEquals(before.toString(), terminal.getAttributes().toString());
    assertTrue(console().contains("capsule:shell --attach 7 cl-1"), console());
  }

  @Test
  void aRunningOneIsGoneBackTo() throws Exception {
    shell.attach = "main";
    CompletableFuture<String> end = running();
    untilRaw();
    assertEquals("connect main replay", typed());
    assertEquals("resize 7 100x30", typed());
    type("y");
    assertEquals("write 7 y", typed());
    ended(0, "exit status 0");
    assertEquals("exit code 0", end.get(20, TimeUnit.SECONDS));
    assertNull(processes.started);
  }

  @Test
  void aTerminalThatGoesHangsUp() throws Exception {
    CompletableFuture<String> end = running();
    untilRaw();
    terminal.close();
    assertEquals("Error: Nobody is at this terminal any more; the shell in the capsule was hung up.", end.get(20, TimeUnit.SECONDS));
    assertEquals("signal 7 HUP", typed());
  }

  @Test
  void aShellThatWasKilledIsAnError() throws Exception {
    CompletableFuture<String> end = running();
    ended(-1, "signal: killed");
    assertEquals("Error: The shell in cl-1 was ended: signal: killed", end.get(20, TimeUnit.SECONDS));
  }

  @Test
  void aSingleCommandOverSshThatAskedForATerminalHasOne() throws Exception {
    PipedOutputStream keys = new PipedOutputStream();
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    shell.session = TestSession.line(new PipedInputStream(keys), shown, Map.of("TERM", "xterm", "COLUMNS", "101", "LINES", "33"));
    CompletableFuture<String> end = running();
    keys.write("a\3\r".getBytes(StandardCharsets.UTF_8));
    keys.flush();
    StringBuilder all = new StringBuilder();
    while (all.length() < "a\3\r".length()) {
      all.append(typed().substring("write 7 ".length()));
    }
    assertEquals("a\3\r", all.toString());
    processes.stream.with(new Output(Channel.TERMINAL, "one\ntwo".getBytes(StandardCharsets.UTF_8)));
    ended(3, "exit status 3");
    assertEquals("exit code 3", end.get(20, TimeUnit.SECONDS));
    assertTrue(shown.toString(StandardCharsets.UTF_8).endsWith("leaves it running.\r\none\ntwo"), shown.toString(StandardCharsets.UTF_8));
    assertEquals(Optional.of(new TerminalSize(101, 33)), processes.started.terminal());
    assertEquals(Map.of("TERM", "xterm"), processes.started.env());
  }

  /** What it read before it is raw would pass a line discipline that takes the interrupt key for itself. */
  @Test
  void noKeyIsReadFromALineBeforeItIsRaw() throws Exception {
    InputStream keys = new ByteArrayInputStream("a\3".getBytes(StandardCharsets.UTF_8));
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Screen screen = Screen.take(TestSession.line(keys, new ByteArrayOutputStream(), Map.of("TERM", "xterm", "COLUMNS", "101", "LINES", "33"))).orElseThrow();
    Set<Thread> readers = new HashSet<>(Thread.getAllStackTraces().keySet());
    readers.removeAll(before);
    readers.removeIf(thread -> !thread.getName().contains("pump"));
    assertEquals(Set.of(), readers);
    try (Screen.Mode raw = screen.raw(() -> {})) {
      StringBuilder all = new StringBuilder();
      while (all.length() < 2) {
        all.append(new String(screen.keys(20_000).orElseThrow(), StandardCharsets.UTF_8));
      }
      assertEquals("a\3", all.toString());
    }
  }

  @Test
  void aLineThatBreaksHangsUp() throws Exception {
    shell.session = TestSession.line(InputStream.nullInputStream(), new ByteArrayOutputStream(), Map.of("TERM", "xterm", "COLUMNS", "101", "LINES", "33"));
    CompletableFuture<String> end = running();
    assertEquals("Error: Nobody is at this terminal any more; the shell in the capsule was hung up.", end.get(20, TimeUnit.SECONDS));
    assertEquals("signal 7 HUP", typed());
  }

  @Test
  void withoutATerminalNothingIsStarted() throws Exception {
    shell.session = TestSession.without();
    assertTrue(Captured.error(shell).startsWith("Error: There is no interactive terminal here."));
    try (Terminal dumb = new LineDisciplineTerminal("pipe", Terminal.TYPE_DUMB, seen, StandardCharsets.UTF_8)) {
      shell.session = TestSession.on(inKaraf(dumb));
      assertTrue(Captured.error(shell).startsWith("Error: There is no interactive terminal here."));
    }
    assertNull(processes.started);
  }
}
