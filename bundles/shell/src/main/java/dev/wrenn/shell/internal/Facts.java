package dev.wrenn.shell.internal;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Names and values, one a line; what is not known isn't shown. */
final class Facts {
  private final Map<String, Object> facts = new LinkedHashMap<>();

  Facts add(String name, Object value) {
    if (value instanceof Optional<?> perhaps) {
      perhaps.ifPresent(known -> add(name, known));
    } else {
      facts.put(name, value);
    }
    return this;
  }

  Facts addAll(Map<String, ?> more) {
    more.forEach(this::add);
    return this;
  }

  void print(PrintStream out, boolean json) {
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      facts.forEach((name, value) -> fields.put(Json.name(name), value));
      out.println(Json.of(fields));
    } else {
      print(out);
    }
  }

  void print(PrintStream out) {
    int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0) + 2;
    facts.forEach((name, value) -> out.println(Listing.oneLine(name) + " ".repeat(width - name.length()) + Listing.oneLine(value.toString())));
  }
}
