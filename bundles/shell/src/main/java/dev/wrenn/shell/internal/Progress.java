package dev.wrenn.shell.internal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** Says on a terminal how far a copy is, in one line that changes. Used by one thread at a time. */
final class Progress {
  private static final long EACH_NANOS = Duration.ofMillis(250).toNanos();
  private static final String CLEARED = "\r\u001b[K";
  private static final int NAME = 40;

  private final Optional<PrintStream> screen;
  private final long began = System.nanoTime();
  private long files;
  private long bytes;
  private String name;
  private long fileBytes;
  private OptionalLong fileLength;
  private long drawn = began;
  private boolean line;

  /** @param screen where to draw; absent: nowhere */
  Progress(Optional<PrintStream> screen) {
    this.screen = screen;
  }

  void begin(String file, OptionalLong length) {
    name = file.length() <= NAME ? file : "…" + file.substring(file.length() - NAME + 1);
    fileLength = length;
    fileBytes = 0;
  }

  void passed(int more) {
    fileBytes += more;
    bytes += more;
    long now = System.nanoTime();
    if (screen.isPresent() && now - drawn > EACH_NANOS) {
      drawn = now;
      line = true;
      screen.get().print(CLEARED + name + "  " + Listing.bytes(fileBytes) + share());
      screen.get().flush();
    }
  }

  private String share() {
    return fileLength.isPresent() && fileLength.getAsLong() > 0
        ? " of " + Listing.bytes(fileLength.getAsLong()) + "  " + Math.min(100, fileBytes * 100 / fileLength.getAsLong()) + " %" : "";
  }

  void end() {
    files++;
  }

  void clear() {
    if (line) {
      screen.ifPresent(stream -> {
        stream.print(CLEARED);
        stream.flush();
      });
    }
  }

  String summary() {
    double seconds = (System.nanoTime() - began) / 1e9;
    return files + (files == 1 ? " file, " : " files, ") + Listing.bytes(bytes)
        + String.format(Locale.ROOT, " in %.1f s", seconds);
  }
}
