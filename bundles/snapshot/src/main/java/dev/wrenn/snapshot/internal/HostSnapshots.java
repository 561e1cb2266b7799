package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** The service: the store of the configured directory, and its housekeeper. */
@Component(service = Snapshots.class, configurationPid = "dev.wrenn.snapshot", immediate = true)
@Designate(ocd = SnapshotConfig.class)
public final class HostSnapshots extends SnapshotStore {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private final Housekeeper housekeeper;

  @Activate
  public HostSnapshots(SnapshotConfig config) throws IOException {
    this(config, new Housekeeper());
  }

  private HostSnapshots(SnapshotConfig config, Housekeeper housekeeper) throws IOException {
    super(directory(config), new CompactionPlan(config.garbagePercent(), config.chainLength()), (long) config.reserveMib() << 20,
        new LinuxFiles(), InstantSource.system(), Files.readString(BOOT).strip(), housekeeper::changed);
    this.housekeeper = housekeeper;
  }

  private static Path directory(SnapshotConfig config) {
    Path directory = Path.of(config.directory());
    if (!directory.isAbsolute()) {
      throw new IllegalArgumentException("directory '" + directory + "' of dev.wrenn.snapshot is no absolute path");
    }
    return directory;
  }

  @Activate
  void start() {
    housekeeper.start(this::tidy);
    housekeeper.changed();
  }

  @Deactivate
  void stop() throws IOException {
    housekeeper.close();
    close();
  }
}
