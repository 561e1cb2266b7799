package dev.wrenn.itests.drivers;

import dev.wrenn.network.tap.internal.TapNetworkDriver;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.tck.network.NetworkTck;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf(value = "canRun", disabledReason = "namespaces and rules need root")
class TapNetworkTest extends NetworkTck {
  private static final int POOLED = 2;

  static boolean canRun() throws IOException {
    return TapRig.canRun();
  }

  @Override
  protected NetworkDriver openFor(int capacity) throws IOException {
    return capacity < 10 ? TapRig.open(TapRig.THREE_SLOTS, 0) : TapRig.open(TapRig.SUBNET, POOLED);
  }

  @Override
  protected void close(NetworkDriver instance) throws Exception {
    ((TapNetworkDriver) instance).deactivate();
  }

  @Override
  protected Set<String> leftovers() throws IOException {
    return TapRig.leftovers();
  }
}
