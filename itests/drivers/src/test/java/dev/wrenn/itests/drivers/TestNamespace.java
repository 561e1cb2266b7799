package dev.wrenn.itests.drivers;

import dev.wrenn.linux.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A namespace of the test's own with the processes that it runs in there; all of it ends with {@link #close}. */
final class TestNamespace implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CONNECT_SECONDS = 1;

  private final String name;
  private final List<Process> processes = new ArrayList<>();

  private TestNamespace(String name) {
    this.name = name;
  }

  static TestNamespace make(String name) throws IOException {
    if (Files.exists(Path.of("/run/netns", name))) {
      Command.of("ip", "netns", "del", name).run();
    }
    Command.of("ip", "netns", "add", name).run();
    TestNamespace namespace = new TestNamespace(name);
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  void ip(String... arguments) throws IOException {
    Command.of(Stream.concat(Stream.of("ip", "-n", name), Stream.of(arguments)).toList()).run();
  }

  Process start(String... argv) throws IOException {
    return startIn(name, argv);
  }

  /** Runs a process in another namespace, which ends with this one. */
  Process startIn(String namespace, String... argv) throws IOException {
    List<String> command = Stream.concat(Stream.of("ip", "netns", "exec", namespace), Stream.of(argv)).toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    processes.add(process);
    return process;
  }

  /** Greets everybody who connects, with who they seem to be. */
  void serve(int port, String greeting) throws IOException {
    Process server = start("socat", "TCP4-LISTEN:" + port + ",reuseaddr,fork", "SYSTEM:echo " + greeting + " $SOCAT_PEERADDR");
    String listening = ":%04X 00000000:0000 0A".formatted(port);
    await("a server on port " + port + " in " + name, () -> hasEntered(server) && tables(server).contains(listening));
  }

  /** What a server says to a client in here; empty when there is no way to it. */
  Optional<String> ask(String address, int port, String... options) throws IOException {
    String target = "TCP4:" + address + ":" + port + ",connect-timeout=" + CONNECT_SECONDS
        + Stream.of(options).map(option -> "," + option).reduce("", String::concat);
    Command.Result said = Command.of("ip", "netns", "exec", name, "socat", "-T2", "-u", target, "-").attempt();
    return said.exit() == 0 ? Optional.of(said.stdout().strip()) : Optional.empty();
  }

  /** Until its first step a process is in the namespace of this JVM, and sees what is there. */
  static boolean hasEntered(Process process) {
    try {
      Path here = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
      return !here.equals(Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "ns/net")));
    } catch (IOException e) {
      return false;
    }
  }

  private static String tables(Process process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "net/tcp"));
    } catch (IOException e) {
      return "";
    }
  }

  static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new AssertionError(what + " was not there within " + PATIENCE.toSeconds() + " s");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    Command.of("ip", "netns", "del", name).run();
  }
}
