package dev.wrenn.sim.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Simulated things of one kind, one per name. A thing is a symbolic link whose target is its text: made and removed by one system call,
 * seen by every instance, and still there when all of them are gone.
 */
final class Marks {
  private final Path directory;
  private final String step;

  Marks(Path directory, String step) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.step = step;
  }

  Path directory() {
    return directory;
  }

  /** @return whether it was made now; false when there is one of that name */
  boolean make(String name, String text) throws DriverException {
    try {
      Files.createSymbolicLink(directory.resolve(name), Path.of(text));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw failure("make", name, e);
    }
  }

  Optional<String> text(String name) throws DriverException {
    try {
      return Optional.of(Files.readSymbolicLink(directory.resolve(name)).toString());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("read", name, e);
    }
  }

  /** Removes it if its text is this one. */
  void remove(String name, String text) throws DriverException {
    if (text(name).filter(text::equals).isPresent()) {
      try {
        Files.deleteIfExists(directory.resolve(name));
      } catch (IOException e) {
        throw failure("remove", name, e);
      }
    }
  }

  Set<String> names() throws IOException {
    Set<String> names = new HashSet<>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(directory)) {
      links.forEach(link -> names.add(link.getFileName().toString()));
    }
    return names;
  }

  DriverException conflict(PlanId id) {
    return DriverException.of(Code.CONFLICT, step, "Another thing has the name of " + id + ": end that one first");
  }

  DriverException gone(PlanId id) {
    return DriverException.of(Code.GONE, step, "There is no simulated " + step + " of " + id + " any more");
  }

  void check(Deadline within) throws DriverException {
    within.check(step);
    if (Thread.currentThread().isInterrupted()) {
      throw DriverException.of(Code.IO, step, "Step '" + step + "' was interrupted");
    }
  }

  private DriverException failure(String what, String name, IOException cause) {
    return DriverException.of(Code.IO, step, "Can't " + what + " " + directory.resolve(name), cause);
  }
}
