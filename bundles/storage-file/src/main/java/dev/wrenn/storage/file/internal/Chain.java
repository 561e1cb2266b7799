package dev.wrenn.storage.file.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How an image lies in its file, and what it reads from. A capture has a note beside it that says so. Its bytes are not asked: a guest
 * that owned a raw disk may have written a header of another format into it, which names any file of the host.
 *
 * @param below files that it reads from, nearest first
 */
record Chain(DiskFormat format, List<Path> below) {
  private static final String NOTE = ".chain";

  Chain {
    below = List.copyOf(below);
  }

  /** The file beside a capture that says what it is. */
  static Path note(Path image) {
    return image.resolveSibling(image.getFileName() + NOTE);
  }

  static boolean isCapture(Path image) {
    return Files.isRegularFile(note(image));
  }

  /** An image without a note is a template's: raw, and reads from nothing. */
  static Chain of(Path image) throws IOException {
    try {
      List<String> lines = Files.readAllLines(note(image));
      return new Chain(DiskFormat.of(lines.getFirst()), lines.stream().skip(1).map(Path::of).toList());
    } catch (NoSuchFileException e) {
      return new Chain(DiskFormat.RAW, List.of());
    }
  }

  /** All files that an overlay of the image reads from: the image itself first. */
  static List<Path> from(Path image) throws IOException {
    List<Path> all = new ArrayList<>(List.of(image));
    all.addAll(of(image).below());
    return all;
  }

  String text() {
    List<String> lines = new ArrayList<>(List.of(format.toString()));
    below.forEach(path -> lines.add(path.toString()));
    return String.join("\n", lines) + "\n";
  }
}
