package dev.wrenn.shell.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The scripts that Karaf runs at the beginning of each session, as they stood on disk when the platform started. Immutable.
 *
 * <p>A session without a terminal gets them written anew by Karaf's parser: with other blanks, and without some of the comments.
 */
final class StartScripts {
  private final Map<String, String> names = new HashMap<>();

  /** @param etc Karaf's directory of configuration */
  static StartScripts in(Path etc) throws IOException {
    StartScripts scripts = new StartScripts();
    scripts.add(etc.resolve("shell.init.script"));
    if (Files.isDirectory(etc.resolve("scripts"))) {
      try (DirectoryStream<Path> more = Files.newDirectoryStream(etc.resolve("scripts"), "*.script")) {
        for (Path script : more) {
          scripts.add(script);
        }
      }
    }
    return scripts;
  }

  private void add(Path script) throws IOException {
    if (Files.isRegularFile(script)) {
      names.put(dense(Files.readString(script)), script.getFileName().toString());
    }
  }

  /** The name of the script of which this is the text, or most of it, and nothing else. */
  Optional<String> name(CharSequence text) {
    return names.keySet().stream().filter(script -> isMostOf(script, text.toString())).map(names::get).findFirst();
  }

  private static boolean isMostOf(String script, String text) {
    int at = 0;
    int seen = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      String dense = dense(line);
      int found = script.indexOf(dense, at);
      if (found < 0) {
        return false;
      }
      at = found + dense.length();
      seen += dense.length();
    }
    return seen * 2 > script.length();
  }

  private static String dense(String text) {
    return text.replaceAll("\\s+", "");
  }
}
