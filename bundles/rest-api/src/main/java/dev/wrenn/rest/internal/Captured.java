package dev.wrenn.rest.internal;

import dev.wrenn.process.ProcessEvent.Channel;
import dev.wrenn.process.ProcessEvent.Output;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** The output of one command, up to a bound. Not thread-safe. */
final class Captured {
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private final int maxBytes;
  private boolean truncated;

  Captured(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  void add(Output output) {
    ByteArrayOutputStream target = output.channel() == Channel.STDERR ? stderr : stdout;
    int kept = Math.min(output.data().length, maxBytes - stdout.size() - stderr.size());
    truncated |= kept < output.data().length;
    target.write(output.data(), 0, kept);
  }

  void stderr(String text) {
    stderr.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Text when both streams are text, else both in base64. */
  Views.ExecResult result(String capsule, String cmd, int exitCode, boolean timedOut, long beginNanos) {
    long millis = (System.nanoTime() - beginNanos) / 1_000_000;
    Optional<String> out = text(stdout);
    Optional<String> err = text(stderr);
    boolean text = out.isPresent() && err.isPresent();
    return new Views.ExecResult(capsule, cmd, text ? out.get() : base64(stdout), text ? err.get() : base64(stderr), exitCode, millis,
        text ? "utf-8" : "base64", timedOut ? true : null, truncated ? true : null);
  }

  private Optional<String> text(ByteArrayOutputStream stream) {
    ByteBuffer bytes = ByteBuffer.wrap(stream.toByteArray());
    CharBuffer chars = CharBuffer.allocate(bytes.remaining());
    // Where output was dropped a last character may be cut: it is dropped too.
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(bytes, chars, !truncated);
    return result.isError() ? Optional.empty() : Optional.of(chars.flip().toString());
  }

  private static String base64(ByteArrayOutputStream bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
