package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.platform.CapsuleOptions;
import java.util.Map;
import java.util.TreeMap;

/** Tells whether two requests ask for the same; stored, so its text must stay as it is. */
final class RequestHash {
  private RequestHash() {}

  static String of(CapsuleRecord.Spec spec, Making.Beside beside, PlatformSecret secret) {
    StringBuilder text = new StringBuilder(String.join("\n", "1", spec.template(), "" + spec.vcpus(), "" + spec.memoryMb(), "" + spec.diskMb(), "" + spec.timeoutSec()));
    CapsuleOptions options = spec.options();
    if (options.equals(CapsuleOptions.DEFAULT) && beside.equals(Making.Beside.NOTHING)) {
      return PlatformSecret.sha256(text.toString());
    }
    text.append("\n2 ").append(options.egress()).append(' ').append(options.publicPorts()).append(' ').append(options.secured()).append(' ')
        .append(beside.lifetime().map(Object::toString).orElse("-"));
    append(text, options.labels());
    append(text, beside.env());
    beside.user().ifPresent(user -> text.append("\n3 ").append(user));
    if (options.onEnd() != CapsuleOptions.DEFAULT.onEnd() || options.onIdle() != CapsuleOptions.DEFAULT.onIdle() || options.wake()) {
      text.append("\n4 ").append(options.onEnd()).append(' ').append(options.onIdle()).append(' ').append(options.wake());
    }
    // With a key: the variables may be guessed from a plain hash.
    return secret.sign("request", text.toString());
  }

  private static void append(StringBuilder text, Map<String, String> map) {
    text.append('\n').append(map.size());
    new TreeMap<>(map).forEach((name, value) -> text.append('\n').append(name.length()).append(' ').append(name).append(value.length()).append(' ').append(value));
  }
}
