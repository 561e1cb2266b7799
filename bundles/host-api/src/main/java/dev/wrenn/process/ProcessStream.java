package dev.wrenn.process;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The events of one process, pulled by one reader. Nothing is read ahead beyond small buffers: a reader that stops pulling slows the
 * process and nothing else. Not thread-safe, but {@link #close} may be called from any thread and ends a waiting {@link #next}.
 */
@ProviderType
public interface ProcessStream extends AutoCloseable {
  /**
   * The next event, waiting for it. Empty after {@link ProcessEvent.Ended} and after {@link #close}.
   *
   * @throws GuestException {@code UNAVAILABLE} when the connection broke: the process may still run and can be connected again
   */
  Optional<ProcessEvent> next() throws GuestException;

  /** Detaches; the process goes on. Idempotent. */
  @Override
  void close();
}
