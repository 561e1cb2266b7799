package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * One conversation with QEMU's control socket: JSON, one value a line. QEMU serves one client at a time and makes others wait, so
 * a conversation is short. For one thread.
 */
final class Qmp implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int LONGEST_LINE = 1 << 20;

  private final SocketChannel channel;
  private final ByteBuffer received = ByteBuffer.allocate(16 * 1024).flip();
  private final Deque<JsonNode> events = new ArrayDeque<>();

  private Qmp(SocketChannel channel) {
    this.channel = channel;
  }

  /** Calls QEMU at its socket. */
  static Qmp call(Path socket, Deadline within) throws DriverException, IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      TimedIo.run(channel, within, "qmp", () -> channel.connect(UnixDomainSocketAddress.of(socket)));
      return greet(channel, within);
    } catch (DriverException | IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Takes a connection that QEMU has made. */
  static Qmp greet(SocketChannel channel, Deadline within) throws DriverException, IOException {
    Qmp qmp = new Qmp(channel);
    JsonNode greeting = qmp.read(within);
    if (!greeting.has("QMP")) {
      throw new IOException("QEMU did not greet; it said " + greeting);
    }
    qmp.execute("qmp_capabilities", within);
    return qmp;
  }

  JsonNode execute(String command, Deadline within) throws DriverException, IOException {
    return execute(command, JSON.createObjectNode(), within);
  }

  /** @return what QEMU answers; events that come before it are kept for {@link #awaitEvent} */
  JsonNode execute(String command, ObjectNode arguments, Deadline within) throws DriverException, IOException {
    ObjectNode request = JSON.createObjectNode().put("execute", command);
    if (!arguments.isEmpty()) {
      request.set("arguments", arguments);
    }
    ByteBuffer line = ByteBuffer.wrap((request + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    TimedIo.run(channel, within, "qmp " + command, () -> {
      while (line.hasRemaining()) {
        channel.write(line);
      }
      return null;
    });
    for (JsonNode answer = read(within); ; answer = read(within)) {
      if (answer.has("return")) {
        return answer.get("return");
      }
      if (answer.has("error")) {
        String words = answer.path("error").path("desc").asText();
        throw DriverException.of(Code.IO, "qmp", "QEMU refused " + command + ": " + words).withDetail(words);
      }
      events.add(answer);
    }
  }

  /** What the machine is doing, in QEMU's word: {@code running}, {@code paused}, {@code internal-error} … */
  String status(Deadline within) throws DriverException, IOException {
    return execute("query-status", within).path("status").asText();
  }

  /** Waits until QEMU reports one of those events, or has reported it since the last wait. Others are dropped. */
  JsonNode awaitEvent(Set<String> names, Deadline within) throws DriverException, IOException {
    while (true) {
      JsonNode event = events.isEmpty() ? read(within) : events.remove();
      if (names.contains(event.path("event").asText())) {
        return event;
      }
    }
  }

  private JsonNode read(Deadline within) throws DriverException, IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (received.hasRemaining()) {
        byte next = received.get();
        if (next == '\n') {
          return JSON.readTree(line.toByteArray());
        }
        line.write(next);
      }
      if (line.size() > LONGEST_LINE) {
        throw new IOException("QEMU sent a line of more than " + LONGEST_LINE + " bytes");
      }
      received.clear();
      int count = TimedIo.run(channel, within, "qmp", () -> channel.read(received));
      received.flip();
      if (count < 0) {
        throw new IOException("QEMU closed its control socket");
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
