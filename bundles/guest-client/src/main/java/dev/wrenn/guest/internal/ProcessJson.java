package dev.wrenn.guest.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.Processes.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Messages of the process service in JSON. */
final class ProcessJson {
  static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(32).maxStringLength(8 << 20).build()).build());

  private ProcessJson() {}

  static byte[] start(ProcessSpec spec) {
    ObjectNode message = JSON.createObjectNode();
    ObjectNode process = message.putObject("process").put("cmd", spec.command());
    spec.args().forEach(process.putArray("args")::add);
    spec.env().forEach(process.putObject("envs")::put);
    spec.cwd().ifPresent(cwd -> process.put("cwd", cwd));
    spec.terminal().ifPresent(size -> size(message, size));
    spec.tag().ifPresent(tag -> message.put("tag", tag));
    message.put("stdin", spec.input());
    return bytes(message);
  }

  static byte[] connect(ProcessSelector process, boolean replay) {
    ObjectNode message = selected(process);
    if (replay) {
      message.put("replay", true);
    }
    return bytes(message);
  }

  static byte[] select(ProcessSelector process) {
    return bytes(selected(process));
  }

  static byte[] signal(ProcessSelector process, Signal signal) {
    return bytes(selected(process).put("signal", "SIGNAL_SIG" + signal.name()));
  }

  static byte[] input(ProcessSelector process, byte[] data, int offset, int length, boolean terminal) {
    ObjectNode message = selected(process);
    byte[] part = java.util.Arrays.copyOfRange(data, offset, offset + length);
    message.putObject("input").put(terminal ? "pty" : "stdin", part);
    return bytes(message);
  }

  static byte[] resize(ProcessSelector process, ProcessSpec.TerminalSize size) {
    ObjectNode message = selected(process);
    size(message, size);
    return bytes(message);
  }

  static List<ProcessInfo> list(byte[] answer) throws IOException {
    List<ProcessInfo> processes = new ArrayList<>();
    for (JsonNode process : JSON.readTree(answer).path("processes")) {
      JsonNode config = process.path("config");
      List<String> args = new ArrayList<>();
      config.path("args").forEach(arg -> args.add(arg.asText()));
      processes.add(new ProcessInfo(process.path("pid").asLong(), text(process, "tag"), config.path("cmd").asText(), args,
          text(config, "cwd"), text(process, "user").filter(user -> !user.isEmpty())));
    }
    return processes;
  }

  /** The event in a stream's message; empty for one that only shows life. */
  static Optional<ProcessEvent> event(JsonNode message) throws IOException {
    JsonNode event = message.path("event");
    JsonNode data = event.path("data");
    if (data.isObject()) {
      return output(data);
    }
    if (event.path("start").isObject()) {
      return Optional.of(new ProcessEvent.Started(event.path("start").path("pid").asLong()));
    }
    JsonNode end = event.path("end");
    if (end.isObject()) {
      return Optional.of(new ProcessEvent.Ended(end.path("exitCode").asInt(0), end.path("status").asText(""), text(end, "error")));
    }
    return Optional.empty();
  }

  private static Optional<ProcessEvent> output(JsonNode data) throws IOException {
    for (Channel channel : Channel.values()) {
      JsonNode bytes = data.get(field(channel));
      if (bytes != null && !bytes.isNull()) {
        byte[] value = bytes.binaryValue();
        if (value == null) {
          throw new IOException("the agent sends output that is no base64");
        }
        return value.length == 0 ? Optional.empty() : Optional.of(new ProcessEvent.Output(channel, value));
      }
    }
    return Optional.empty();
  }

  private static String field(Channel channel) {
    return switch (channel) {
      case STDOUT -> "stdout";
      case STDERR -> "stderr";
      case TERMINAL -> "pty";
    };
  }

  private static ObjectNode selected(ProcessSelector process) {
    ObjectNode message = JSON.createObjectNode();
    ObjectNode selector = message.putObject("process");
    switch (process) {
      case ProcessSelector.Pid(long pid) -> selector.put("pid", pid);
      case ProcessSelector.Tag(String tag) -> selector.put("tag", tag);
    }
    return message;
  }

  private static void size(ObjectNode message, ProcessSpec.TerminalSize size) {
    message.putObject("pty").putObject("size").put("cols", size.columns()).put("rows", size.rows());
  }

  private static Optional<String> text(JsonNode node, String field) {
    return Optional.ofNullable(node.get(field)).filter(JsonNode::isTextual).map(JsonNode::asText).filter(text -> !text.isEmpty());
  }

  static byte[] bytes(JsonNode message) {
    try {
      return JSON.writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts and numbers can always be written", e);
    }
  }
}
