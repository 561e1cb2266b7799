package dev.wrenn.shell.internal;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Names and values, one a line; what is not known isn't shown. */
final class Facts {
  private final Map<String, String> lines = new LinkedHashMap<>();

  Facts add(String name, Object value) {
    if (value instanceof Optional<?> perhaps) {
      perhaps.ifPresent(known -> add(name, known));
    } else {
      lines.put(name, Listing.oneLine(value.toString()));
    }
    return this;
  }

  void print(PrintStream out) {
    int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0) + 2;
    lines.forEach((name, value) -> out.println(name + " ".repeat(width - name.length()) + value));
  }
}
