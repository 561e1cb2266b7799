package dev.wrenn.linux;

import static org.junit.jupiter.api.Assertions.*;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  private final List<Process> children = new ArrayList<>();
  private ProcessWatch watch;

  @BeforeEach
  void open() throws IOException {
    watch = new ProcessWatch();
  }

  @AfterEach
  void close() throws InterruptedException {
    watch.close();
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
  }

  private ProcessId sleeping() throws IOException {
    Process child = new ProcessBuilder("sleep", "600").start();
    children.add(child);
    return ProcessId.of(child.pid()).orElseThrow();
  }

  @Test
  void anotherStartTimeIsAnotherProcess() throws IOException {
    ProcessId id = sleeping();
    ProcessId earlier = new ProcessId(id.pid(), id.startTicks() - 1);
    assertTrue(id.alive());
    assertFalse(earlier.alive());
    assertFalse(earlier.signal(ProcessId.SIGKILL));
    assertTrue(id.alive());
  }

  @Test
  void exitIsPushed() throws Exception {
    ProcessId id = sleeping();
    CompletableFuture<Void> exit = watch.exit(id).toCompletableFuture();
    CompletableFuture<Void> again = watch.exit(id).toCompletableFuture();
    assertFalse(exit.isDone());
    assertTrue(id.signal(ProcessId.SIGKILL));
    exit.get(5, TimeUnit.SECONDS);
    again.get(5, TimeUnit.SECONDS);
    assertFalse(id.alive());
  }

  @Test
  void exitOfWhatIsGoneIsThereAtOnce() throws Exception {
    ProcessId id = sleeping();
    children.getFirst().destroyForcibly().waitFor();
    watch.exit(id).toCompletableFuture().get(5, TimeUnit.SECONDS);
    assertFalse(id.signal(ProcessId.SIGTERM));
  }

  @Test
  void aZombieIsDead() throws Exception {
    // What the shell turns into never asks for the status of the child that it had.
    Process parent = new ProcessBuilder("sh", "-c", "sleep 600 & echo $!; exec sleep 600").start();
    children.add(parent);
    ProcessId child = ProcessId.of(Long.parseLong(parent.inputReader().readLine())).orElseThrow();
    awaitInProc(parent.pid(), "(sleep)");
    assertTrue(child.signal(ProcessId.SIGKILL));
    awaitInProc(child.pid(), ") Z ");
    assertFalse(child.alive());
    assertTrue(ProcessId.of(child.pid()).isEmpty());
  }

  private static void awaitInProc(long pid, String words) {
    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
      while (!java.nio.file.Files.readString(java.nio.file.Path.of("/proc/" + pid + "/stat")).contains(words)) {
        Thread.onSpinWait();
      }
    });
  }

  @Test
  void manyProcessesEndTogether() throws Exception {
    List<CompletableFuture<Void>> exits = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      exits.add(watch.exit(sleeping()).toCompletableFuture());
    }
    children.forEach(Process::destroyForcibly);
    CompletableFuture.allOf(exits.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
  }

  @Test
  void signallingAStrangerIsRefused() throws IOException {
    assumeFalse("root".equals(System.getProperty("user.name")), "root may signal everybody");
    ProcessId init = ProcessId.of(1).orElseThrow();
    assertThrows(IOException.class, () -> init.signal(0));
  }

  @Test
  void theLogKeepsTheBeginningAndOutlivesItsMaker() throws Exception {
    try (BoundedLog log = BoundedLog.create(4096)) {
      Process child = new ProcessBuilder("sh", "-c", "exec 2<>\"$0\"; echo first words >&2; head -c 9000 /dev/zero | tr '\\0' x >&2; exec sleep 600 >/dev/null", log.path().toString()).start();
      children.add(child);
      assertEquals(-1, child.getInputStream().read(), "the child closes its output when it has written all");
      assertTrue(log.text().startsWith("first words\nxxx"), log.text());
      assertEquals(4096, log.text().length());
      log.handedOver();
      assertTrue(log.text().startsWith("first words\n"));
      log.close();
      try (BoundedLog found = BoundedLog.stderrOf(ProcessId.of(child.pid()).orElseThrow())) {
        assertTrue(found.text().startsWith("first words\n"));
      }
    }
  }
}
