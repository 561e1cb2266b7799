package dev.wrenn.uffd.internal;

import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.pager.PagerMain;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The directories of pagers, one each, and the files in them that outlive a pager: the mark that a capsule's memory is complete. */
record Marks(Path root) {
  private static final String COMPLETE = ".complete";
  private static final Pattern OF_CAPSULE = Pattern.compile("(.+)\\.([1-9][0-9]{0,8})(\\.complete)?");

  static Path complete(Path socket) {
    return socket.resolveSibling(socket.getFileName() + COMPLETE);
  }

  /** Oldest first. */
  List<Path> directories() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, "[0-9]*")) {
      all.forEach(found::add);
    }
    found.sort(Comparator.comparingInt(each -> Integer.parseInt(each.getFileName().toString())));
    return found;
  }

  /** Whose a socket or a mark is, by its name; empty for any other file. */
  static Optional<PlanId> capsule(String name) {
    Matcher matcher = OF_CAPSULE.matcher(name);
    try {
      return matcher.matches() ? Optional.of(new PlanId(matcher.group(1), Integer.parseInt(matcher.group(2)))) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Of whom there are files. */
  Set<PlanId> capsules() throws IOException {
    Set<PlanId> found = new HashSet<>();
    for (Path directory : directories()) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        files.forEach(file -> capsule(file.getFileName().toString()).ifPresent(found::add));
      } catch (NoSuchFileException e) {
        // Its pager has ended since, and nothing of it is left.
        continue;
      }
    }
    return found;
  }

  boolean isComplete(PlanId id) throws IOException {
    for (Path directory : directories()) {
      if (Files.exists(complete(directory.resolve(id.toString())))) {
        return true;
      }
    }
    return false;
  }

  /** Removes what is there of that id. */
  void remove(PlanId id) throws IOException {
    for (Path directory : directories()) {
      Files.deleteIfExists(directory.resolve(id.toString()));
      Files.deleteIfExists(complete(directory.resolve(id.toString())));
    }
  }

  /** Removes the directory of a pager that is no more, unless a mark in it may still be asked for. @return whether it is gone */
  static boolean tidy(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return true;
    }
    Files.deleteIfExists(directory.resolve(PagerMain.STATE));
    try (Stream<Path> files = Files.list(directory)) {
      if (files.anyMatch(file -> file.getFileName().toString().endsWith(COMPLETE))) {
        return false;
      }
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
    return true;
  }
}
