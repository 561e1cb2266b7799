package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.files.FileWatch;
import dev.wrenn.files.Files;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.rest.internal.FileEntries;
import dev.wrenn.rest.internal.FileFailures;
import dev.wrenn.rest.internal.Wire;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code files/watch}: tells what changes below a directory, from the {@code start} that it answers with on. */
final class WatchRun extends Conversation {
  record Start(String type, String path, Boolean recursive) {}

  private volatile FileWatch watch;
  private volatile boolean stopped;

  WatchRun(StreamContext context, Handshake handshake, Peer peer) {
    super(context, handshake, peer);
  }

  @Override
  boolean tellsPings() {
    return watch != null;
  }

  @Override
  boolean tellsFatal() {
    return false;
  }

  @Override
  void release() {
    FileWatch now = watch;
    if (now != null) {
      now.close();
    }
  }

  @Override
  void serve(Caller caller) throws PlatformException, GuestException, IOException, InterruptedException {
    Files files = context().platform().capsules().files(caller, handshake().capsule());
    Optional<JsonNode> first = inbox().take();
    if (first.isEmpty()) {
      return;
    }
    if (!first.get().path("type").asText().equals("start")) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the first message must be {\"type\":\"start\",\"path\":…}");
    }
    Start start = Wire.convert(first.get(), Start.class);
    String path = FileFailures.path(start.path());
    try (FileWatch changes = files.watch(path, Boolean.TRUE.equals(start.recursive()))) {
      watch = changes;
      if (left()) {
        return;
      }
      peer().send(Map.of("type", "start"));
      Thread.startVirtualThread(() -> named(this::listen));
      for (Optional<FileWatch.Change> change = changes.next(); change.isPresent() && !left(); change = changes.next()) {
        peer().send(event(change.get()));
      }
      if (!left() && !stopped) {
        throw new GuestException(GuestException.Code.NOT_FOUND, "directory '" + path + "' is gone: there is nothing left to watch");
      }
    }
  }

  private static Map<String, Object> event(FileWatch.Change change) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("type", "event");
    message.put("event", change.kind().name().toLowerCase(Locale.ROOT));
    message.put("name", change.name());
    change.entry().ifPresent(entry -> message.put("entry", FileEntries.Entry.of(entry)));
    return message;
  }

  private void listen() {
    try {
      for (Optional<JsonNode> message = inbox().take(); message.isPresent(); message = inbox().take()) {
        if (message.get().path("type").asText().equals("stop")) {
          stopped = true;
          release();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
