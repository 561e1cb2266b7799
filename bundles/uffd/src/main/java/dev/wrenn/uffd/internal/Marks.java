package dev.wrenn.uffd.internal;

import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.pager.PagerMain;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The directories of pagers, one each, and the files in them that outlive a pager: the mark that a capsule's memory is complete. */
record Marks(Path root) {
  private static final String COMPLETE = ".complete";

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

  /** Removes the directory of a pager that is no more, unless a mark in it may still be asked for. */
  static void tidy(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(PagerMain.STATE));
    try (Stream<Path> files = Files.list(directory)) {
      if (files.anyMatch(file -> file.getFileName().toString().endsWith(COMPLETE))) {
        return;
      }
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
