package dev.wrenn.itests.drivers;

import dev.wrenn.tck.hypervisor.RestoreRig;
import dev.wrenn.tck.hypervisor.RestoreTck;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Saving and restoring as root: each microVM confined, in a network namespace of its own. */
@EnabledIf("dev.wrenn.itests.drivers.TapRig#canRun")
class QemuConfinedRestoreTest extends RestoreTck {
  @TempDir private Path place;

  @Override
  protected RestoreRig rig() {
    return new TapGuests(place);
  }

  @AfterAll
  static void removeParents() throws IOException {
    QemuRig.removeParents();
  }
}
