package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.karaf.shell.support.CommandException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ExecCommandTest {
  private final TestPlatform platform = new TestPlatform();
  private final ScriptedProcesses processes = platform.processes;
  private final ExecCommand exec = new ExecCommand();

  @BeforeEach
  void aCapsule() {
    platform.capsules.put("cl-1", TestPlatform.capsule("cl-1", CapsuleStatus.RUNNING, Optional.empty()));
    exec.signIn = platform;
    exec.service = platform;
    exec.session = TestSession.without();
    exec.id = "cl-1";
    exec.command = List.of("ls", "-l");
    processes.stream.with(new Started(7));
  }

  private static Output output(Channel channel, String text) {
    return new Output(channel, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void everyOptionReachesTheProcess() throws Exception {
    exec.cwd = "/tmp";
    exec.user = "nobody";
    exec.timeoutSec = 5;
    exec.env = List.of("A=1", "B=x=y", "C=");
    exec.command = List.of("--", "ls", "-l", List.of("--help"));
    processes.stream.with(new Ended(0, "exit status 0", Optional.empty()));
    Captured.output(exec);
    assertEquals("ls", processes.started.command());
    assertEquals(List.of("-l", "--help"), processes.started.args());
    assertEquals(Map.of("A", "1", "B", "x=y", "C", ""), processes.started.env());
    assertEquals(Optional.of("/tmp"), processes.started.cwd());
    assertEquals(Optional.of("nobody"), processes.started.user());
    assertEquals(Optional.of(Duration.ofSeconds(5)), processes.started.timeLimit());
    assertTrue(processes.stream.closed());
  }

  @Test
  void withoutATerminalErrorsAreInTheOutputToo() throws Exception {
    processes.stream.with(output(Channel.STDOUT, "out\n"), output(Channel.STDERR, "err\n"), new Ended(0, "exit status 0", Optional.empty()));
    assertEquals("out\nerr\n", Captured.output(exec));
  }

  @Test
  void theExitCodeIsInTheError() {
    processes.stream.with(new Ended(42, "exit status 42", Optional.empty()));
    assertEquals("Error: ls in cl-1 ended with exit code 42", Captured.error(exec));
  }

  @Test
  void theSignalIsInTheError() {
    processes.stream.with(new Ended(-1, "signal: killed", Optional.empty()));
    assertEquals("Error: ls in cl-1 was ended by signal: killed", Captured.error(exec));
  }

  @Test
  void theLimitIsInTheError() {
    exec.timeoutSec = 3;
    processes.stream.with(new Ended(-1, "signal: killed", Optional.of("deadline exceeded")));
    assertEquals("Error: ls in cl-1 was ended: deadline exceeded (limit: 3 s)", Captured.error(exec));
  }

  @Test
  void whatTheAgentRefusesIsOneLine() {
    processes.refusal = new GuestException(GuestException.Code.NOT_FOUND, "command not found:\n  'ls'");
    assertEquals("Error: command not found: 'ls'", Captured.error(exec));
  }

  @Test
  void aConnectionThatBreaksIsAnError() {
    processes.stream.failing(new GuestException(GuestException.Code.UNAVAILABLE, "The agent is gone."));
    assertEquals("Error: The agent is gone.", Captured.error(exec));
    assertTrue(processes.stream.closed());
  }

  @Test
  void badArgumentsStartNothing() {
    exec.timeoutSec = 0;
    assertTrue(Captured.error(exec).contains("--timeout is 0"));
    exec.timeoutSec = null;
    exec.env = List.of("=x");
    assertTrue(Captured.error(exec).contains("NAME=VALUE, not '=x'"));
    exec.env = null;
    exec.command = List.of("--");
    assertTrue(Captured.error(exec).contains("Say what to run in cl-1"));
    assertEquals(null, processes.started);
  }

  @Test
  void anInterruptReachesTheProcess() throws Exception {
    AtomicReference<String> line = new AtomicReference<>();
    Thread shell = Thread.ofPlatform().start(() -> {
      try {
        exec.execute();
      } catch (CommandException e) {
        line.set(e.getNiceHelp());
      }
    });
    // It waits without a limit for output, and for nothing else.
    while (shell.getState() != Thread.State.WAITING || processes.started == null) {
      Thread.onSpinWait();
    }
    shell.interrupt();
    assertTrue(shell.join(Duration.ofSeconds(20)));
    assertEquals("signal 7 INT", processes.asked.poll(20, TimeUnit.SECONDS));
    assertEquals("Error: Interrupted.", line.get());
    assertTrue(processes.stream.closed());
  }

  @Test
  void whenNobodyReadsTheProcessIsHungUp() {
    exec.session = TestSession.gone();
    processes.stream.with(output(Channel.STDOUT, "tick\n"));
    assertEquals("Error: Nobody reads the output of ls any more; process 7 was sent SIGHUP.", Captured.error(exec));
    assertEquals("signal 7 HUP", processes.asked.poll());
  }

  @Test
  void helpBehindTheIdIsTheCommandsOwn() {
    assertEquals("capsule:exec cl-1 ls [--help]", guarded("capsule:exec cl-1 ls --help"));
    assertEquals("capsule:exec --cwd /tmp -e A=1 --user=x cl-1 ls ['--help'] -l", guarded("capsule:exec --cwd /tmp -e A=1 --user=x cl-1 ls '--help' -l"));
    assertEquals("capsule:exec --help", guarded("capsule:exec --help"));
    assertEquals("capsule:exec --help cl-1 ls", guarded("capsule:exec --help cl-1 ls"));
    assertEquals("capsule:exec", guarded("capsule:exec"));
  }

  private static String guarded(String line) {
    return String.join(" ", ExecParser.guarded(Arrays.asList(line.split(" "))));
  }
}
