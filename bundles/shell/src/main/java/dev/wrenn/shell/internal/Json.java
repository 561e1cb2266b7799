package dev.wrenn.shell.internal;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Values as JSON, on one line. Numbers, booleans, maps, lists and optional values stay what they are; the rest becomes text. */
final class Json {

  static String of(Object value) {
    return switch (value) {
      case null -> "null";
      case Optional<?> perhaps -> of(perhaps.orElse(null));
      case Double number when !Double.isFinite(number) -> "null";
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      case Collection<?> items -> items.stream().map(Json::of).collect(Collectors.joining(",", "[", "]"));
      case Map<?, ?> fields -> fields.entrySet().stream().map(field -> text(field.getKey().toString()) + ":" + of(field.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
      default -> text(value.toString());
    };
  }

  /** A name as programs like it: {@code Idle limit} is {@code idle_limit}. */
  static String name(String words) {
    return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
  }

  private static String text(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (Character.isISOControl(c) || Character.isSurrogate(c)) {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  private Json() {}
}
