package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.process.GuestException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Messages of a server stream: a flag byte, a big-endian length, a JSON text; the last one has the flag 2. */
final class Envelopes {
  /** Replayed output of a process is the longest message: 1 MiB, in base64. */
  private static final int MESSAGE_BYTES = 4 << 20;
  private static final int END = 2;

  private final InputStream body;
  private boolean ended;

  Envelopes(InputStream body) {
    this.body = body;
  }

  /** The next message, or null after the last one. @throws GuestException the error with which the agent ended the stream */
  JsonNode next() throws IOException, GuestException {
    if (ended) {
      return null;
    }
    byte[] head = body.readNBytes(5);
    if (head.length < 5) {
      throw new EOFException("the agent broke off a stream");
    }
    int length = (head[1] & 0xff) << 24 | (head[2] & 0xff) << 16 | (head[3] & 0xff) << 8 | head[4] & 0xff;
    if (length < 0 || length > MESSAGE_BYTES) {
      throw new IOException("the agent announces a message of " + Integer.toUnsignedString(length) + " bytes; at most "
          + MESSAGE_BYTES + " are taken");
    }
    byte[] text = body.readNBytes(length);
    if (text.length < length) {
      throw new EOFException("the agent broke off a message");
    }
    JsonNode message = ProcessJson.JSON.readTree(text);
    if (head[0] == 0) {
      return message;
    }
    if (head[0] != END) {
      throw new IOException("the agent sends messages with flags " + head[0] + ", which nobody asked for");
    }
    ended = true;
    JsonNode error = message.path("error");
    if (error.isObject()) {
      throw Failures.of(error);
    }
    return null;
  }

  /** Reads what follows the last message, so that the connection is free. */
  void drain() throws IOException {
    if (body.read() >= 0) {
      throw new IOException("the agent sends more after the end of a stream");
    }
  }
}
