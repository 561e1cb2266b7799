package dev.wrenn.guest.internal;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestInit;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The real agent as an ordinary process on a loopback port. */
final class AgentProcess implements AutoCloseable {
  static final String TOKEN = "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0";
  private static final Path BINARY = Path.of(System.getProperty("envd",
      "../../envd-guest/target/x86_64-unknown-linux-gnu/release/envd")).toAbsolutePath().normalize();

  final InetSocketAddress address;
  private final Process process;

  AgentProcess() throws Exception {
    assumeTrue(Files.isExecutable(BINARY), "the agent is not built: " + BINARY);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getLocalPort());
    }
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(TOKEN.getBytes(StandardCharsets.US_ASCII)));
    process = new ProcessBuilder(BINARY.toString(), "--listen", "127.0.0.1", "--port", Integer.toString(address.getPort()), "--token-sha256", hash)
        .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  GuestClient client(String token) {
    return new HttpGuestClients(Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(5)).connect(address, () -> token, "cl-test.1");
  }

  /** A client of an agent that has its configuration. */
  GuestClient ready() throws Exception {
    GuestClient client = client(TOKEN);
    client.awaitReady(init(1), Deadline.after(Duration.ofSeconds(10)), new CompletableFuture<>());
    return client;
  }

  static GuestInit init(long sequence) {
    return new GuestInit(sequence, "cl-test", "0123456789abcdef0123456789abcdef", Optional.empty(), "root", Optional.empty(), Map.of("FROM_INIT", "yes"));
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().join();
  }
}
