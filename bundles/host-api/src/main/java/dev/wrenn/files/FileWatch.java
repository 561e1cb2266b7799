package dev.wrenn.files;

import dev.wrenn.process.GuestException;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Changes, pulled by one reader; {@link #close} may be called from any thread and ends a waiting {@link #next}. */
@ProviderType
public interface FileWatch extends AutoCloseable {
  /** The next change, waiting for it. Empty after {@link #close}, and when what was watched is gone. @throws GuestException {@code UNAVAILABLE} when the connection broke */
  Optional<Change> next() throws GuestException;

  @Override
  void close();

  /** @param name relative to the watched directory @param entry what is there now, where that is known */
  record Change(Kind kind, String name, Optional<FileEntry> entry) {}

  enum Kind { CREATE, WRITE, REMOVE, RENAME, CHMOD }
}
