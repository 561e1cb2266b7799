package dev.wrenn.guest.internal;

import dev.wrenn.process.GuestException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.OptionalLong;

/** One request in the making: a method, a path, headers and a body that is known as a whole. */
final class Request {
  static final String UNARY = "application/json";
  static final String STREAM = "application/connect+json";
  private static final int ENVELOPE = 5;

  private final StringBuilder head = new StringBuilder(256);
  private final byte[] body;
  private boolean interim;

  private Request(String line, byte[] body) {
    this.body = body;
    head.append(line).append(" HTTP/1.1\r\nHost: capsule\r\n");
  }

  static Request get(String path) {
    return new Request("GET " + path, new byte[0]);
  }

  static Request post(String path, byte[] json) {
    return sized(path, json).with("Content-Type", UNARY);
  }

  /** The head of a request whose body follows when the agent has agreed: measured when its length is known, else in chunks. */
  static Request upload(String path, OptionalLong length) {
    Request request = new Request("POST " + path, new byte[0]).with("Content-Type", "application/octet-stream").with("Expect", "100-continue");
    request.interim = true;
    return length.isPresent() ? request.with("Content-Length", Long.toString(length.getAsLong())) : request.with("Transfer-Encoding", "chunked");
  }

  /**
   * A request after which the connection carries the bytes of another one.
   *
   * @param wait for somebody who listens, when nobody does yet
   */
  static Request tunnel(int port, Duration wait) {
    return get("/connect/" + port + (wait.isPositive() ? "?wait=" + wait.toMillis() : "")).with("Connection", "Upgrade").with("Upgrade", "tunnel");
  }

  private static Request sized(String path, byte[] body) {
    return new Request("POST " + path, body).with("Content-Length", Integer.toString(body.length));
  }

  /** A call of a Connect method that answers with one message. */
  static Request unary(String method, byte[] json) {
    return post("/" + method, json).with("Connect-Protocol-Version", "1");
  }

  /** A call of a Connect method that answers with a stream; the one message of the request stands in an envelope. */
  static Request stream(String method, byte[] json) {
    byte[] enveloped = ByteBuffer.allocate(ENVELOPE + json.length).put((byte) 0).putInt(json.length).put(json).array();
    return sized("/" + method, enveloped).with("Content-Type", STREAM).with("Connect-Protocol-Version", "1");
  }

  /** Whether an interim answer is waited for before all of it has been sent. */
  boolean interim() {
    return interim;
  }

  Request user(String user) {
    return with("Authorization", "Basic " + Base64.getEncoder().encodeToString((user + ":").getBytes(StandardCharsets.UTF_8)));
  }

  /** How often the agent shows on a silent stream that it is alive. */
  Request keepAlive(Duration interval) {
    return with("Keepalive-Ping-Interval", Long.toString(Math.max(1, interval.toSeconds())));
  }

  /** The agent ends what it does for this call after that time. */
  Request limit(Duration time) {
    return with("Connect-Timeout-Ms", Long.toString(Math.clamp(time.toMillis(), 1, 9_999_999_999L)));
  }

  Request with(String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
    return this;
  }

  /** The bytes on the wire. @throws GuestException {@code INVALID} when the token can't stand in a header */
  ByteBuffer bytes(String token) throws GuestException {
    if (!token.chars().allMatch(letter -> letter > ' ' && letter < 0x7f)) {
      throw new GuestException(GuestException.Code.INVALID, "The agent's token has characters that no header can hold");
    }
    byte[] top = (head + "X-Access-Token: " + token + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(top.length + body.length).put(top).put(body).flip();
  }
}
