package dev.wrenn.console;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Absolute paths in a capsule, as text: the guest alone knows what they lead to. */
final class Paths {
  private Paths() {}

  /** Absolute, without {@code .}, {@code ..} and empty parts. */
  static String normal(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return "/" + String.join("/", parts);
  }

  static String join(String directory, String name) {
    return directory.endsWith("/") ? directory + name : directory + "/" + name;
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The directories on the way to a path, from the root on, and itself. */
  static List<String> way(String path) {
    List<String> way = new ArrayList<>(List.of("/"));
    String here = "";
    for (String part : path.split("/")) {
      if (!part.isEmpty()) {
        here += "/" + part;
        way.add(here);
      }
    }
    return way;
  }

  /** What the highlighter calls the language of a file, by its name. */
  static String language(String name) {
    String lower = name.toLowerCase(java.util.Locale.ROOT);
    if (lower.equals("dockerfile") || lower.equals("makefile")) {
      return lower;
    }
    if (lower.startsWith(".bash") || lower.equals(".profile")) {
      return "bash";
    }
    String ending = lower.substring(lower.lastIndexOf('.') + 1);
    return switch (ending) {
      case "conf", "cfg", "properties", "toml", "service" -> "ini";
      case "h", "hpp" -> "cpp";
      default -> ending;
    };
  }
}
