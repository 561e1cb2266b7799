package dev.wrenn.network.tap.internal;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/** Small files of {@code name=value} lines that are there whole or not at all, whoever else writes them at the same time. */
final class FactFile {
  private FactFile() {}

  /** @return false when somebody was first */
  static boolean create(Path file, Map<String, String> facts) throws IOException {
    Path whole = written(file, facts);
    try {
      Files.createLink(file, whole);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.delete(whole);
    }
  }

  static void replace(Path file, Map<String, String> facts) throws IOException {
    Files.move(written(file, facts), file, StandardCopyOption.ATOMIC_MOVE);
  }

  static Optional<Map<String, String>> read(Path file) throws IOException {
    try {
      Map<String, String> facts = new TreeMap<>();
      for (String line : Files.readAllLines(file)) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          facts.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
      return Optional.of(facts);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Path written(Path file, Map<String, String> facts) throws IOException {
    Files.createDirectories(file.getParent());
    Path temporary = file.resolveSibling("." + UUID.randomUUID());
    String text = new TreeMap<>(facts).entrySet().stream().map(e -> e.getKey() + "=" + e.getValue() + "\n").collect(Collectors.joining());
    return Files.writeString(temporary, text);
  }
}
