package dev.wrenn.rest.internal.stream;

import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.rest.internal.stream.Utf8Stream.Part;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The telling half of the command protocol: output as text whose characters stay whole; as base64, and saying so, where it is no text or the
 * client asked for it.
 */
abstract class TextScript implements Script {
  private final Peer peer;
  private final Utf8Stream stdout = new Utf8Stream();
  private final Utf8Stream stderr = new Utf8Stream();
  private boolean base64;

  TextScript(Peer peer) {
    this.peer = peer;
  }

  final void base64(boolean wanted) {
    base64 = wanted;
  }

  final boolean base64() {
    return base64;
  }

  @Override
  public final boolean terminal() {
    return false;
  }

  @Override
  public final void started(long pid) throws IOException {
    peer.send(ordered("start", "pid", pid));
  }

  @Override
  public final void output(Output output) throws IOException {
    boolean errors = output.channel() == Channel.STDERR;
    tell(errors ? "stderr" : "stdout", base64
        ? List.of(Part.bytes(output.data()))
        : (errors ? stderr : stdout).decode(output.data()));
  }

  @Override
  public final void ended(Ended ended) throws IOException {
    tell("stdout", stdout.end());
    tell("stderr", stderr.end());
    peer.send(ordered("exit", "exit_code", ended.exitCode()));
  }

  private void tell(String type, List<Part> parts) throws IOException {
    for (Part part : parts) {
      Map<String, Object> message = ordered(type, "data", part.data());
      if (part.base64()) {
        message.put("encoding", "base64");
      }
      peer.send(message);
    }
  }

  private static Map<String, Object> ordered(String type, String key, Object value) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("type", type);
    message.put(key, value);
    return message;
  }
}
