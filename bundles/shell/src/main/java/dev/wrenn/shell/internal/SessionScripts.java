package dev.wrenn.shell.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scripts that Karaf runs by itself in each new session: nobody gave them. */
final class SessionScripts {
  private static final Logger LOG = LoggerFactory.getLogger(SessionScripts.class);

  private final Path etc;

  /** @param etc the folder of Karaf's configuration */
  SessionScripts(Path etc) {
    this.etc = etc;
  }

  /** Whether the text has many lines, and nothing that is not in those scripts: Karaf leaves out some of their lines. */
  boolean has(String text) {
    Set<String> lines = new HashSet<>(text.lines().map(String::strip).toList());
    return lines.size() > 1 && known().containsAll(lines);
  }

  private Set<String> known() {
    Set<String> known = new HashSet<>(Set.of(""));
    try (Stream<Path> scripts = Files.list(etc.resolve("scripts"))) {
      for (Path script : Stream.concat(Stream.of(etc.resolve("shell.init.script")), scripts).filter(Files::isRegularFile).toList()) {
        Files.readAllLines(script).stream().map(String::strip).filter(Predicate.not(String::isEmpty)).forEach(known::add);
      }
    } catch (IOException e) {
      LOG.debug("The scripts of new sessions can't be told from commands: {}", e.getMessage());
    }
    return known;
  }
}
