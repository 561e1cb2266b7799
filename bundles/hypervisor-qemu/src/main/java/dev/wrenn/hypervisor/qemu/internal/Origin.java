package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.memory.MemorySource;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a restored guest goes on from; a guest that is booted has none.
 *
 * @param state what {@link DeviceState} carried
 * @param source the guest's memory
 * @param diskBytes what the guest is to be told of its disk; 0: nothing, as that is as large as it was
 */
record Origin(Path state, MemorySource source, long diskBytes) {
  /** The descriptor at which the preloaded library finds an image. */
  static final int DESCRIPTOR = 4;

  Optional<Path> image() {
    return source instanceof MemorySource.Image(Path file, long bytes) ? Optional.of(file) : Optional.empty();
  }

  Optional<Path> server() {
    return source instanceof MemorySource.Paged(Path socket, long bytes) ? Optional.of(socket) : Optional.empty();
  }
}
