package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import dev.wrenn.rest.internal.Commands;
import dev.wrenn.rest.internal.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code exec/stream}: starts a command and tells its output as it comes. */
final class ExecScript extends TextScript {
  record Start(
      String type, String cmd, List<String> args, @JsonAlias("env") Map<String, String> envs, String cwd, String user, Boolean stdin,
      String encoding) {}

  ExecScript(Peer peer) {
    super(peer);
  }

  @Override
  public Optional<ProcessStream> open(Processes processes, Inbox inbox)
      throws PlatformException, GuestException, InterruptedException, IOException {
    Optional<JsonNode> first = inbox.take();
    if (first.isEmpty()) {
      return Optional.empty();
    }
    if (!first.get().path("type").asText().equals("start")) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the first message must be {\"type\":\"start\",\"cmd\":…}");
    }
    Start start = Wire.convert(first.get(), Start.class);
    base64("base64".equals(start.encoding()));
    ProcessSpec spec = Commands.spec(start.cmd(), start.args(), start.envs(), start.cwd(), start.user());
    try {
      return Optional.of(processes.start(Boolean.TRUE.equals(start.stdin()) ? spec.withInput() : spec));
    } catch (GuestException e) {
      if (e.code() != GuestException.Code.NOT_FOUND) {
        throw e;
      }
      output(new Output(Channel.STDERR, Commands.missing(spec.command()).getBytes(StandardCharsets.UTF_8)));
      ended(new Ended(127, "exit status 127", Optional.empty()));
      return Optional.empty();
    }
  }

  @Override
  public boolean kills(JsonNode message) {
    return message.path("type").asText().equals("stop");
  }

  @Override
  public void handle(JsonNode message, Processes processes, long pid) throws GuestException {
    switch (message.path("type").asText()) {
      case "stdin" -> {
        String data = message.path("data").asText();
        boolean encoded = message.path("encoding").asText(base64() ? "base64" : "utf-8").equals("base64");
        Optional<byte[]> bytes = encoded ? Base64Text.decode(data) : Optional.of(data.getBytes(StandardCharsets.UTF_8));
        if (bytes.isPresent()) {
          processes.write(new ProcessSelector.Pid(pid), bytes.get());
        }
      }
      case "stdin_close" -> processes.closeInput(new ProcessSelector.Pid(pid));
      default -> { }
    }
  }
}
