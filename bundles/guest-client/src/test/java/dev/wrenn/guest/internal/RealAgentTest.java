package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestInit;
import dev.wrenn.guest.GuestReady;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessEvent.Started;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSelector.Pid;
import dev.wrenn.process.ProcessSelector.Tag;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessSpec.TerminalSize;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import dev.wrenn.process.Processes.Signal;
import dev.wrenn.spi.Deadline;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against the real agent. */
class RealAgentTest {
  private AgentProcess agent;
  private GuestClient client;
  private Processes processes;

  @BeforeEach
  void start() throws Exception {
    agent = new AgentProcess();
    client = agent.ready();
    processes = client.processes();
  }

  @AfterEach
  void stop() throws Exception {
    if (agent != null) {
      client.close();
      agent.close();
    }
  }

  @Test
  void readinessGivesTheVersionAndCanBeRepeated() throws Exception {
    GuestReady again = client.awaitReady(AgentProcess.init(2), soon(), new CompletableFuture<>());
    assertTrue(again.version().orElseThrow().matches("\\d+\\.\\d+\\.\\d+"), again.toString());
    client.health(soon());
    assertTrue(client.metrics(soon()).memoryTotal() > 0);
    assertEquals("yes\n", text(sh("echo $FROM_INIT")));
  }

  @Test
  void aClockThatWasPutBackKeepsNobodyFromBeingConfigured() throws Exception {
    client.awaitReady(AgentProcess.init(1_000), soon(), new CompletableFuture<>());
    GuestInit known = AgentProcess.init(3);
    GuestInit earlier = new GuestInit(known.sequence(), known.hostname(), known.machineId(), known.userToken(), known.defaultUser(), known.defaultWorkdir(),
        Map.of("FROM_INIT", "later"), true);
    assertEquals(2, client.awaitReady(earlier, soon(), new CompletableFuture<>()).tries());
    assertEquals("later\n", text(sh("echo $FROM_INIT")));
  }

  @Test
  void aWrongTokenIsSaidAtOnce() {
    try (GuestClient stranger = agent.client("wrong")) {
      assertEquals(Code.UNAUTHENTICATED,
          failure(() -> stranger.awaitReady(AgentProcess.init(9), soon(), new CompletableFuture<>())).code());
      assertEquals(Code.UNAUTHENTICATED, failure(() -> stranger.processes().list()).code());
    }
    try (GuestClient smuggler = agent.client("a\r\nX-Evil: 1")) {
      assertEquals(Code.INVALID, failure(() -> smuggler.processes().list()).code());
    }
  }

  @Test
  void endsAreTold() throws Exception {
    assertEquals(new Ended(0, "exit status 0", Optional.empty()), end(ProcessSpec.of("true")));
    assertEquals(new Ended(7, "exit status 7", Optional.empty()), end(sh("exit 7")));
    Ended killed = end(sh("kill -9 $$"));
    assertEquals(-1, killed.exitCode());
    assertEquals("signal: killed", killed.status());
    Ended late = end(sh("sleep 30").withTimeLimit(Duration.ofMillis(200)));
    assertEquals(-1, late.exitCode());
    assertTrue(late.error().isPresent(), late.toString());
  }

  @Test
  void whatCannotStartIsSaidAtTheStart() {
    assertEquals(Code.NOT_FOUND, failure(() -> processes.start(ProcessSpec.of("/no/such/program"))).code());
    assertEquals(Code.INVALID, failure(() -> processes.start(ProcessSpec.of("true").withCwd("/no/such/directory"))).code());
    GuestException user = failure(() -> processes.start(ProcessSpec.of("true").withUser("nobody-of-that-name")));
    assertEquals(Code.UNAUTHENTICATED, user.code());
    assertTrue(user.getMessage().contains("nobody-of-that-name"), user.getMessage());
    assertEquals(Code.NOT_FOUND, failure(() -> processes.connect(new Pid(999_999), false)).code());
    assertEquals(Code.NOT_FOUND, failure(() -> processes.signal(new Tag("none"), Signal.TERM)).code());
  }

  @Test
  void environmentDirectoryAndUserArrive() throws Exception {
    assertEquals("ü x\n/tmp\nroot\n", text(sh("echo \"$A\"; pwd; id -un").withEnv(Map.of("A", "ü x")).withCwd("/tmp").withUser("root")));
  }

  @Test
  void outputComesWholeInOrderAndByChannel() throws Exception {
    byte[] all = collect(sh("i=0; while [ $i -lt 300 ]; do head -c 40000 /dev/zero | tr '\\0' 'x'; i=$((i+1)); done; echo e >&2"), Channel.STDOUT, 2);
    assertEquals(300 * 40_000, all.length);
    assertEquals("e\n", new String(collect(sh("echo o; echo e >&2"), Channel.STDERR, 0)));
    byte[] random = new byte[200_000];
    new Random(3).nextBytes(random);
    try (ProcessStream cat = processes.start(ProcessSpec.of("cat").withInput())) {
      Pid pid = pid(cat);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<?> writing = threads.submit(() -> {
          processes.write(pid, random);
          processes.closeInput(pid);
          return null;
        });
        assertArrayEquals(random, rest(cat, Channel.STDOUT));
        writing.get();
      }
    }
  }

  @Test
  void inputThatIsNotThereIsAConflict() throws Exception {
    try (ProcessStream sleep = processes.start(ProcessSpec.of("sleep", "30"))) {
      Pid pid = pid(sleep);
      assertEquals(Code.CONFLICT, failure(() -> processes.write(pid, new byte[] {1})).code());
      assertEquals(Code.CONFLICT, failure(() -> processes.resize(pid, new TerminalSize(80, 24))).code());
      processes.signal(pid, Signal.KILL);
    }
  }

  @Test
  void terminalsTakeInputSizesAndSignals() throws Exception {
    ProcessSpec shell = ProcessSpec.of("/bin/sh", "-c", "read a; stty size; echo got-$a; sleep 30").withTerminal(new TerminalSize(91, 33)).withTag("t");
    try (ProcessStream stream = processes.start(shell)) {
      pid(stream);
      processes.resize(new Tag("t"), new TerminalSize(100, 40));
      processes.write(new Tag("t"), "word\n".getBytes());
      StringBuilder seen = new StringBuilder();
      while (!seen.toString().contains("got-word")) {
        seen.append(new String(((Output) stream.next().orElseThrow()).data()));
      }
      assertTrue(seen.toString().contains("40 100"), seen.toString());
      assertEquals(Code.CONFLICT, failure(() -> processes.closeInput(new Tag("t"))).code());
      processes.signal(new Tag("t"), Signal.INT);
      assertTrue(ended(stream).exitCode() != 0);
    }
  }

  @Test
  void aTerminalThatThisClientDidNotStartTakesInputToo() throws Exception {
    try (ProcessStream stream = processes.start(ProcessSpec.of("cat").withTerminal(new TerminalSize(80, 24)).withTag("t"));
        GuestClient other = agent.client(AgentProcess.TOKEN)) {
      pid(stream);
      other.processes().write(new Tag("t"), "hello\n".getBytes());
      assertTrue(new String(((Output) stream.next().orElseThrow()).data()).contains("hello"));
      other.processes().signal(new Tag("t"), Signal.KILL);
    }
  }

  @Test
  void aProcessOutlivesItsStreamAndIsFoundAgainWithItsOutput() throws Exception {
    Pid pid;
    try (ProcessStream first = processes.start(sh("echo before; read x; echo after-$x").withInput().withTag("job"))) {
      pid = pid(first);
      assertEquals("before\n", new String(((Output) first.next().orElseThrow()).data()));
    }
    ProcessInfo info = processes.list().getFirst();
    assertEquals(pid.pid(), info.pid());
    assertEquals(Optional.of("job"), info.tag());
    assertEquals("/bin/sh", info.command());
    try (ProcessStream again = processes.connect(new Tag("job"), true)) {
      assertEquals(pid, pid(again));
      assertEquals("before\n", new String(((Output) again.next().orElseThrow()).data()));
      processes.write(pid, "x\n".getBytes());
      assertEquals("after-x\n", new String(rest(again, Channel.STDOUT)));
    }
    assertEquals(List.of(), processes.list());
    try (ProcessStream late = processes.connect(pid, true)) {
      assertEquals(pid, pid(late));
      assertEquals(0, ended(late).exitCode());
    }
  }

  @Test
  void closingFromElsewhereEndsAWaitAndNotTheProcess() throws Exception {
    ProcessStream stream = processes.start(ProcessSpec.of("sleep", "30"));
    Pid pid = pid(stream);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<ProcessEvent>> next = threads.submit(stream::next);
      stream.close();
      assertEquals(Optional.empty(), next.get());
    }
    assertEquals(Optional.empty(), stream.next());
    assertEquals(pid.pid(), processes.list().getFirst().pid());
    processes.signal(pid, Signal.TERM);
  }

  @Test
  void closingTheClientEndsAllWaits() throws Exception {
    ProcessStream stream = processes.start(ProcessSpec.of("sleep", "30"));
    pid(stream);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> next = threads.submit(stream::next);
      client.close();
      assertEquals(Code.UNAVAILABLE, ((GuestException) assertThrows(ExecutionException.class, next::get).getCause()).code());
    }
    assertEquals(Code.UNAVAILABLE, failure(processes::list).code());
  }

  @Test
  void anAgentThatDiesIsUnavailableAndNotAnEnd() throws Exception {
    ProcessStream stream = processes.start(ProcessSpec.of("sleep", "30"));
    pid(stream);
    agent.kill();
    GuestException broken = failure(stream::next);
    assertEquals(Code.UNAVAILABLE, broken.code());
    assertTrue(broken.retryable() && broken.getMessage().contains("cl-test.1"), broken.getMessage());
    assertEquals(Code.UNAVAILABLE, failure(processes::list).code());
    stream.close();
  }

  @Test
  void callsOneAfterTheOtherShareAConnection() throws Exception {
    end(ProcessSpec.of("true"));
    int before = sockets();
    for (int i = 0; i < 20; i++) {
      end(ProcessSpec.of("true"));
      processes.list();
    }
    assertEquals(before, sockets(), "connections are left open or made anew");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Ended>> all = java.util.stream.IntStream.range(0, 20).mapToObj(i -> threads.submit(() -> end(sh("exit " + i)))).toList();
      for (int i = 0; i < 20; i++) {
        assertEquals(i, all.get(i).get().exitCode());
      }
    }
    assertTrue(sockets() <= 8, sockets() + " connections are left open");
  }

  /** Connections of this JVM to the agent that stand now. */
  private int sockets() throws Exception {
    String port = String.format(":%04X", agent.address.getPort());
    int count = 0;
    for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
      for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(table))) {
        String[] fields = line.strip().split("\\s+");
        count += fields.length > 3 && fields[2].endsWith(port) && fields[3].equals("01") ? 1 : 0;
      }
    }
    assertFalse(count == 0, "no connection at all");
    return count;
  }

  private static ProcessSpec sh(String script) {
    return ProcessSpec.of("/bin/sh", "-c", script);
  }

  private static Pid pid(ProcessStream stream) throws GuestException {
    return new ProcessSelector.Pid(((Started) stream.next().orElseThrow()).pid());
  }

  private String text(ProcessSpec spec) throws Exception {
    return new String(collect(spec, Channel.STDOUT, 0), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** @param delayMillis before each of the first reads, for a reader that is slower than its process */
  private byte[] collect(ProcessSpec spec, Channel channel, long delayMillis) throws Exception {
    try (ProcessStream stream = processes.start(spec)) {
      pid(stream);
      if (delayMillis > 0) {
        Thread.sleep(delayMillis * 100);
      }
      return rest(stream, channel);
    }
  }

  private static byte[] rest(ProcessStream stream, Channel channel) throws GuestException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    boolean over = false;
    for (Optional<ProcessEvent> event = stream.next(); event.isPresent(); event = stream.next()) {
      assertFalse(over, "something comes after the end");
      if (event.get() instanceof Output output && output.channel() == channel) {
        all.writeBytes(output.data());
      }
      over = event.get() instanceof Ended;
    }
    assertTrue(over, "the end is missing");
    return all.toByteArray();
  }

  private Ended end(ProcessSpec spec) throws GuestException {
    try (ProcessStream stream = processes.start(spec)) {
      return ended(stream);
    }
  }

  private static Ended ended(ProcessStream stream) throws GuestException {
    while (true) {
      if (stream.next().orElseThrow() instanceof Ended end) {
        assertEquals(Optional.empty(), stream.next());
        return end;
      }
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  private static GuestException failure(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(GuestException.class, call);
  }
}
