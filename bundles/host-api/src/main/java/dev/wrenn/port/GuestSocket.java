package dev.wrenn.port;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A TCP connection into a capsule. Both directions block and push back: what the guest does not read can't be written. One reader and one
 * writer at a time; {@link #close} from any thread, and it ends both.
 */
@ProviderType
public interface GuestSocket extends Closeable {
  /** Ends when the guest has ended its side; fails when the connection broke, or the capsule has ended, or this was closed. */
  InputStream input();

  OutputStream output();

  /** Says to the guest that nothing more comes. Idempotent. */
  void endOutput() throws IOException;
}
