package dev.wrenn.itests.drivers;

import dev.wrenn.tck.hypervisor.RestoreRig;
import dev.wrenn.tck.hypervisor.RestoreTck;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Saving and restoring as anybody: user-mode network, the rights of the user who runs it. */
class QemuUserModeRestoreTest extends RestoreTck {
  @TempDir private Path place;

  @Override
  protected RestoreRig rig() {
    return new UserModeGuests(place);
  }
}
