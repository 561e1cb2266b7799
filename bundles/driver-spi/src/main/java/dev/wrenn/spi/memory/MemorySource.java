package dev.wrenn.spi.memory;

import java.nio.file.Path;

/** Where a restored microVM finds its memory. Hypervisors declare which variants they take. */
public sealed interface MemorySource {
  /** Guest memory in bytes. */
  long bytes();

  /** @return the word by which hypervisors declare it: {@code image}, {@code paged} */
  String variant();

  /** A flat file of exactly the guest's memory, holes being zeros. It is mapped copy-on-write, is shared with others, and is never written. */
  record Image(Path file, long bytes) implements MemorySource {
    @Override public String variant() {
      return "image";
    }
  }

  /**
   * A page server at a Unix socket: the process connects, sends one message with a JSON array of its regions
   * ({@code base_host_virt_addr}, {@code size}, {@code offset}, {@code page_size} in bytes) and its userfaultfd, registered for missing
   * pages with removal events, and keeps the connection open as long as it lives. The socket listens already when the restore is asked for;
   * the driver gives it to the group of the microVM's user, so that a confined process may connect.
   */
  record Paged(Path socket, long bytes) implements MemorySource {
    @Override public String variant() {
      return "paged";
    }
  }
}
