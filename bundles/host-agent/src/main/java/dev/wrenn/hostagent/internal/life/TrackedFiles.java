package dev.wrenn.hostagent.internal.life;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileRange;
import dev.wrenn.files.FileWatch;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A capsule's files, whose every use counts as activity of the capsule, as does each piece of a content that moves. */
final class TrackedFiles implements Files {
  private final CapsuleLife life;

  TrackedFiles(CapsuleLife life) {
    this.life = life;
  }

  @Override
  public FileEntry stat(String path) throws GuestException {
    return used().stat(path);
  }

  @Override
  public List<FileEntry> list(String path, int depth) throws GuestException {
    return during(files -> files.list(path, depth));
  }

  @Override
  public FileEntry makeDirectory(String path) throws GuestException {
    return used().makeDirectory(path);
  }

  @Override
  public void remove(String path) throws GuestException {
    during(files -> {
      files.remove(path);
      return null;
    });
  }

  @Override
  public FileEntry move(String source, String destination) throws GuestException {
    return during(files -> files.move(source, destination));
  }

  @Override
  public FileEntry copy(String source, String destination) throws GuestException {
    return during(files -> files.copy(source, destination));
  }

  @Override
  public FileEntry chmod(String path, int mode, boolean recursive) throws GuestException {
    return during(files -> files.chmod(path, mode, recursive));
  }

  @Override
  public FileContent read(String path, Optional<FileRange> range) throws GuestException {
    return new TrackedContent(used().read(path, range), life.activity());
  }

  @Override
  public FileEntry write(String path, InputStream content, OptionalLong length) throws GuestException, IOException {
    return used().write(path, new TrackedInput(content, life.activity()), length);
  }

  @Override
  public FileWatch watch(String path, boolean recursive) throws GuestException {
    return new TrackedWatch(used().watch(path, recursive), life.activity());
  }

  @FunctionalInterface
  private interface Work<T> {
    T on(Files files) throws GuestException;
  }

  /** Work on a whole tree takes its time, and nothing else shows that it goes on. */
  private <T> T during(Work<T> work) throws GuestException {
    life.activity().began();
    try {
      return work.on(used());
    } finally {
      life.activity().ended();
    }
  }

  private Files used() throws GuestException {
    return Reach.of(life).files();
  }

  private static final class TrackedContent implements FileContent {
    private final FileContent content;
    private final InputStream stream;

    TrackedContent(FileContent content, Activity activity) {
      this.content = content;
      stream = new TrackedInput(content.stream(), activity);
    }

    @Override
    public OptionalLong length() {
      return content.length();
    }

    @Override
    public long offset() {
      return content.offset();
    }

    @Override
    public OptionalLong fileSize() {
      return content.fileSize();
    }

    @Override
    public String contentType() {
      return content.contentType();
    }

    @Override
    public InputStream stream() {
      return stream;
    }

    @Override
    public void close() {
      content.close();
    }
  }

  /** A change that is told is use; waiting for one is not. */
  private record TrackedWatch(FileWatch watch, Activity activity) implements FileWatch {
    @Override
    public Optional<Change> next() throws GuestException {
      Optional<Change> change = watch.next();
      if (change.isPresent()) {
        activity.mark();
      }
      return change;
    }

    @Override
    public void close() {
      watch.close();
    }
  }
}
