package dev.wrenn.files;

import java.io.InputStream;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/** The content of a file on its way. The owner closes it, which ends the transfer. */
@ProviderType
public interface FileContent extends AutoCloseable {
  /** How many bytes the stream gives; empty when the guest can't tell, as for files of {@code /proc}. */
  OptionalLong length();

  /** Where the stream begins in the file, and the size of the whole file when it is known. */
  long offset();

  OptionalLong fileSize();

  /** A guess from name and first bytes, {@code application/octet-stream} when there is none. */
  String contentType();

  /** Ends with an {@link java.io.IOException} when the transfer broke off; never with a silent end. */
  InputStream stream();

  @Override
  void close();
}
