package dev.wrenn.sim.internal;

import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.tck.network.NetworkTck;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;

/** The simulated networks behave as real ones do, as far as the kit can see. */
class SimNetworkTest extends NetworkTck {
  @TempDir private Path directory;

  @Override
  protected NetworkDriver openFor(int capacity) throws Exception {
    return new SimNetwork(directory, 40_000, capacity);
  }

  @Override
  protected void close(NetworkDriver instance) {}

  @Override
  protected Set<String> leftovers() throws Exception {
    Set<String> names = new HashSet<>(new Marks(directory.resolve("networks"), "network").names());
    names.addAll(new Marks(directory.resolve("slots"), "network").names());
    return names;
  }
}
