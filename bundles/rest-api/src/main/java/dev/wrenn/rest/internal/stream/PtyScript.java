package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessSpec.TerminalSize;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import dev.wrenn.rest.internal.Commands;
import dev.wrenn.rest.internal.Wire;
import java.io.IOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code pty}: a terminal in a capsule, a new one or one that runs. */
final class PtyScript implements Script {
  private static final String DEFAULT_COMMAND = "/bin/bash";
  private static final TerminalSize DEFAULT_SIZE = new TerminalSize(80, 24);
  private static final int LARGEST_SIDE = 0xFFFF;

  record Start(
      String type, String cmd, List<String> args, Integer cols, Integer rows, @JsonAlias("env") Map<String, String> envs, String cwd,
      String user) {}

  record Connect(String type, String tag, Boolean replay, Integer cols, Integer rows) {}

  private final Peer peer;
  private String tag;
  /** A client that sends keys as bare bytes reads output as bare bytes, too. */
  private volatile boolean bare;

  PtyScript(Peer peer) {
    this.peer = peer;
  }

  @Override
  public boolean terminal() {
    return true;
  }

  @Override
  public Optional<ProcessStream> open(Processes processes, Inbox inbox)
      throws PlatformException, GuestException, InterruptedException {
    Optional<JsonNode> first = inbox.take();
    if (first.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(switch (first.get().path("type").asText()) {
      case "start" -> start(processes, Wire.convert(first.get(), Start.class));
      case "connect" -> connect(processes, Wire.convert(first.get(), Connect.class));
      default -> throw new PlatformException(PlatformException.Code.INVALID_REQUEST,
          "the first message must be {\"type\":\"start\"} or {\"type\":\"connect\",\"tag\":…}");
    });
  }

  private ProcessStream start(Processes processes, Start start) throws PlatformException, GuestException {
    tag = Commands.tag("pty");
    Map<String, String> env = new HashMap<>(start.envs() == null ? Map.of() : start.envs());
    env.putIfAbsent("TERM", "xterm-256color");
    String command = Commands.blank(start.cmd()) ? DEFAULT_COMMAND : start.cmd();
    ProcessSpec spec = Commands.spec(command, start.args(), env, start.cwd(), start.user());
    return processes.start(spec.withTag(tag).withTerminal(size(start.cols(), start.rows()).orElse(DEFAULT_SIZE)));
  }

  private ProcessStream connect(Processes processes, Connect connect) throws PlatformException, GuestException {
    if (Commands.blank(connect.tag())) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "connect needs the tag that \"started\" told");
    }
    tag = connect.tag();
    ProcessSelector selector = new ProcessSelector.Tag(tag);
    ProcessStream stream = processes.connect(selector, !Boolean.FALSE.equals(connect.replay()));
    Optional<TerminalSize> size = size(connect.cols(), connect.rows());
    try {
      if (size.isPresent()) {
        processes.resize(selector, size.get());
      }
      return stream;
    } catch (GuestException e) {
      stream.close();
      throw e;
    }
  }

  @Override
  public void started(long pid) throws IOException {
    Map<String, Object> message = message("started");
    message.put("tag", tag);
    message.put("pid", pid);
    peer.send(message);
  }

  @Override
  public void output(Output output) throws IOException {
    if (bare) {
      peer.send(output.data());
      return;
    }
    Map<String, Object> message = message("output");
    message.put("data", Base64.getEncoder().encodeToString(output.data()));
    peer.send(message);
  }

  @Override
  public void ended(Ended ended) throws IOException {
    Map<String, Object> message = message("exit");
    message.put("exit_code", ended.exitCode());
    peer.send(message);
  }

  @Override
  public boolean kills(JsonNode message) {
    return message.path("type").asText().equals("kill");
  }

  @Override
  public void handle(JsonNode message, Processes processes, long pid) throws GuestException {
    ProcessSelector process = new ProcessSelector.Pid(pid);
    switch (message.path("type").asText()) {
      case "input" -> {
        JsonNode data = message.path("data");
        bare |= data.isBinary();
        Optional<byte[]> bytes = data instanceof BinaryNode keys ? Optional.of(keys.binaryValue()) : Base64Text.decode(data.asText());
        if (bytes.isPresent()) {
          processes.write(process, bytes.get());
        }
      }
      case "resize" -> {
        Optional<TerminalSize> size = size(message.path("cols").asInt(), message.path("rows").asInt());
        if (size.isPresent()) {
          processes.resize(process, size.get());
        }
      }
      default -> { }
    }
  }

  /** Bare bytes as the message that they stand for. */
  static JsonNode keys(byte[] bytes) {
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    message.put("type", "input");
    return message.put("data", bytes);
  }

  private static Optional<TerminalSize> size(Integer columns, Integer rows) {
    boolean sound = columns != null && rows != null && columns > 0 && rows > 0 && columns <= LARGEST_SIDE && rows <= LARGEST_SIDE;
    return sound ? Optional.of(new TerminalSize(columns, rows)) : Optional.empty();
  }

  private static Map<String, Object> message(String type) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("type", type);
    return message;
  }
}
