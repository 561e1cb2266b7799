package dev.wrenn.proxy.internal;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** A query as it was sent: what is not taken out stays byte for byte. */
final class RawQuery {
  private final String raw;

  /** @param raw null for none */
  RawQuery(String raw) {
    this.raw = raw == null ? "" : raw;
  }

  boolean has(String name) {
    return Arrays.stream(raw.split("&")).anyMatch(part -> names(part, name));
  }

  /** The first value of that name, decoded; empty when there is none or it is wrongly encoded. */
  Optional<String> get(String name) {
    return Arrays.stream(raw.split("&")).filter(part -> names(part, name)).findFirst().flatMap(part -> decoded(part, name));
  }

  /** The query without a name, as it follows a path: empty, or beginning with a question mark. */
  String without(String name) {
    String left = Arrays.stream(raw.split("&", -1)).filter(part -> !names(part, name)).collect(Collectors.joining("&"));
    return left.isEmpty() ? "" : "?" + left;
  }

  private static boolean names(String part, String name) {
    return part.startsWith(name) && (part.length() == name.length() || part.charAt(name.length()) == '=');
  }

  private static Optional<String> decoded(String part, String name) {
    try {
      return Optional.of(part.length() == name.length() ? "" : URLDecoder.decode(part.substring(name.length() + 1), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException wronglyEncoded) {
      return Optional.empty();
    }
  }
}
