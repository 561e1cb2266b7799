package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.util.Optional;

/** {@code processes/{selector}/stream}: listens to a process that runs; what the client says is ignored. */
final class AttachScript extends TextScript {
  private final ProcessSelector selector;
  private final boolean replay;

  AttachScript(Peer peer, String selector, boolean replay, boolean base64) {
    super(peer);
    this.selector = ProcessSelector.parse(selector);
    this.replay = replay;
    base64(base64);
  }

  @Override
  public Optional<ProcessStream> open(Processes processes, Inbox inbox) throws GuestException {
    return Optional.of(processes.connect(selector, replay));
  }

  @Override
  public boolean kills(JsonNode message) {
    return false;
  }

  @Override
  public void handle(JsonNode message, Processes processes, long pid) {}
}
