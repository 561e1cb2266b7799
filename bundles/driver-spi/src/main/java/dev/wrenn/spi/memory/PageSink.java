package dev.wrenn.spi.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Takes the memory of a frozen microVM as its driver saves it. The driver names every page that may differ from what the microVM was
 * started from, in ascending order and none twice; a page that it names not is as it was there (in a microVM that was booted: zero). A page
 * that holds zeros now is named like any other: being zero never means unchanged. Used by one thread; offsets and lengths are bytes of
 * guest memory and multiples of {@value #PAGE}.
 */
@ProviderType
public interface PageSink {
  int PAGE = 4096;

  /** Pages with these contents, from that offset on. The buffer is read from its position to its limit and is the caller's again after. */
  void data(long offset, ByteBuffer pages) throws IOException;

  /** Pages that are all zero now. */
  void zero(long offset, long length) throws IOException;
}
