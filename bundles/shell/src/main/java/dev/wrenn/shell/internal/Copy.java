package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.support.CommandException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One copy of a file or a tree. Runs on one thread; {@link #stop} may be called from any. */
final class Copy {
  private static final Logger LOG = LoggerFactory.getLogger(Copy.class);
  private static final int DEEPEST = 100;

  private final Progress progress;
  private final List<String> skipped = new ArrayList<>();
  private volatile boolean stopped;
  private volatile AutoCloseable current;

  Copy(Progress progress) {
    this.progress = progress;
  }

  /** What was not copied, because it is neither a file nor a directory. */
  List<String> skipped() {
    return skipped;
  }

  void run(Place from, Place to, boolean recursive) throws CommandException, GuestException, IOException {
    Place.Kind kind = from.kind();
    if (kind == Place.Kind.DIRECTORY && !recursive) {
      throw Failure.of(from.shown() + " is a directory: capsule:cp -r copies it with all that is in it.");
    }
    if (kind == Place.Kind.NOTHING) {
      throw Failure.of(from.shown() + " is not there.");
    }
    if (kind != Place.Kind.FILE && kind != Place.Kind.DIRECTORY) {
      throw Failure.of(from.shown() + " is neither a file nor a directory.");
    }
    Place target = to.kind() == Place.Kind.DIRECTORY ? to.child(from.name()) : to;
    if (kind == Place.Kind.DIRECTORY) {
      directory(from, target, 0);
    } else {
      file(from, target);
    }
  }

  private void directory(Place from, Place to, int depth) throws GuestException, IOException, CommandException {
    if (depth > DEEPEST) {
      throw Failure.of(from.shown() + " is more than " + DEEPEST + " directories deep.");
    }
    to.makeDirectory();
    for (Place.Child child : from.children()) {
      proceed();
      switch (child.kind()) {
        case FILE -> file(from.child(child.name()), to.child(child.name()));
        case DIRECTORY -> directory(from.child(child.name()), to.child(child.name()), depth + 1);
        default -> skipped.add(Listing.oneLine(from.shown() + "/" + child.name()));
      }
    }
  }

  private void file(Place from, Place to) throws GuestException, IOException, CommandException {
    Place.Kind there = to.kind();
    if (there == Place.Kind.DIRECTORY || there == Place.Kind.OTHER) {
      throw Failure.of(to.shown() + " is there and is no file.");
    }
    Place.Content content = from.open();
    current = content.source();
    try {
      progress.begin(from.shown(), content.length());
      to.write(new Metered(content.bytes()), content.executable());
      progress.end();
    } finally {
      current = null;
      close(content.source());
    }
  }

  void stop() {
    stopped = true;
    close(current);
  }

  private void proceed() throws IOException {
    if (stopped) {
      throw new IOException("The copy was stopped.");
    }
  }

  private static void close(AutoCloseable source) {
    try {
      if (source != null) {
        source.close();
      }
    } catch (Exception e) {
      LOG.debug("A source was not closed: {}", e.getMessage());
    }
  }

  private final class Metered extends FilterInputStream {
    Metered(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] block, int offset, int length) throws IOException {
      proceed();
      int read = in.read(block, offset, length);
      progress.passed(Math.max(0, read));
      return read;
    }
  }
}
