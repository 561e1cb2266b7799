package dev.wrenn.shell.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The scripts that Karaf runs at the beginning of each session, as they stood on disk when the platform started. Immutable. */
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
      names.put(Files.readString(script).strip(), script.getFileName().toString());
    }
  }

  /** The name of the script that has exactly this text. */
  Optional<String> name(CharSequence text) {
    return Optional.ofNullable(names.get(text.toString().strip()));
  }
}
