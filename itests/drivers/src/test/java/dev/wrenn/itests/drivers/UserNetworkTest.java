package dev.wrenn.itests.drivers;

import dev.wrenn.network.user.internal.UserNetworkDriver;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.tck.network.NetworkTck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

class UserNetworkTest extends NetworkTck {
  private static final int FIRST_PORT = 29_400;

  @TempDir private Path markers;

  @Override
  protected NetworkDriver openFor(int capacity) {
    return new UserNetworkDriver(markers, FIRST_PORT, capacity, "1.0.0");
  }

  /** It holds nothing that could be closed. */
  @Override
  protected void close(NetworkDriver instance) {}

  @Override
  protected Set<String> leftovers() throws IOException {
    try (Stream<Path> all = Files.list(markers)) {
      return all.map(Path::toString).collect(Collectors.toSet());
    }
  }
}
