package dev.wrenn.storage.file.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import dev.wrenn.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.Designate;

/** Disks of capsules as files. Needs no privilege beyond its directory, and remembers nothing: the files say it all. */
@Component(
    service = StorageDriver.class,
    configurationPid = "dev.wrenn.storage.file",
    property = {Driver.NAME + "=" + FileStorage.DRIVER},
    properties = "OSGI-INF/driver.properties")
@Designate(ocd = FileStorageConfig.class)
public final class FileStorage implements StorageDriver {
  static final String DRIVER = "file";
  static final String KIND = "storage";

  private final DiskHome home;
  private final DiskWriter writer;
  private final Room room;
  private final String version;

  @Activate
  public FileStorage(FileStorageConfig config, BundleContext context) {
    this(Path.of(config.directory()), config.format(), config.reserveMib(), context.getBundle().getVersion().toString());
  }

  public FileStorage(Path directory, String format, int reserveMib, String version) {
    if (!directory.isAbsolute()) {
      throw new IllegalArgumentException("directory '" + directory + "' of dev.wrenn.storage.file is no absolute path");
    }
    this.home = new DiskHome(directory);
    this.writer = new DiskWriter(home, format);
    this.room = new Room(directory, (long) reserveMib << 20);
    this.version = version;
  }

  @Override
  public String name() {
    return DRIVER;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Probe probe(Deadline within) throws DriverException {
    return new DirectoryProbe(home.directory(), room, writer).run(within);
  }

  @Override
  public Disk create(DiskPlan plan, Deadline within) throws DriverException {
    within.check("disk");
    ImageCheck.check(plan);
    try {
      Optional<DiskHome.Found> there = home.find(plan.id());
      if (there.isPresent()) {
        return existing(plan, there.get());
      }
      Files.createDirectories(home.directory());
      room.check(plan.id());
      home.prepare(plan.id());
      return disk(plan.id(), writer.write(plan, within), plan.image(), plan.sizeBytes());
    } catch (IOException e) {
      throw StorageFailure.of("Disk of " + plan.id() + " can't be made in " + home.directory(), e);
    }
  }

  private Disk existing(DiskPlan plan, DiskHome.Found found) throws DriverException, IOException {
    Content content = Content.of(found);
    if (found.generation() != plan.id().generation()) {
      throw StorageFailure.of(Code.CONFLICT, "Capsule " + plan.id().capsule() + " has a disk of generation " + found.generation()
          + " already: " + found.file() + ". Delete or discard that one first.");
    }
    if (!content.equals(new Content(plan.image(), plan.sizeBytes()))) {
      throw StorageFailure.of(Code.CONFLICT, "The disk of " + plan.id() + " was made of another image or size: " + content);
    }
    return disk(plan.id(), found.file(), plan.image(), plan.sizeBytes());
  }

  @Override
  public Disk adopt(Handle handle, Deadline within) throws DriverException {
    within.check("disk");
    Path file = Path.of(handle.need(FileDisk.PATH));
    Content wanted = new Content(Path.of(handle.need(FileDisk.IMAGE)), Long.parseLong(handle.need(FileDisk.SIZE)));
    DiskHome.Found found = new DiskHome.Found(handle.id().generation(), file);
    if (!file.equals(home.file(handle.id(), handle.need(FileDisk.FORMAT)))) {
      throw StorageFailure.of(Code.INVALID, "Disk " + file + " of " + handle.id() + " lies outside " + home.directory()
          + ". Set 'directory' of dev.wrenn.storage.file back, or move the disk and delete the capsule.");
    }
    try {
      if (!isStill(found, wanted)) {
        home.remove(file.getParent(), handle.id().generation());
        throw StorageFailure.of(Code.GONE, "Disk " + file + " of " + handle.id() + " is not there or is not what was made");
      }
    } catch (IOException e) {
      throw StorageFailure.of("Disk " + file + " of " + handle.id() + " can't be read", e);
    }
    try {
      for (Path image : found.isRaw() ? List.<Path>of() : Chain.from(wanted.image())) {
        if (!Files.isRegularFile(image)) {
          // The capsule's own data is intact; a template directory that is mounted late must not cost it.
          throw StorageFailure.of(Code.IO, "Image " + image + " below the disk of " + handle.id() + " is not there. Put it back.").asRetryable();
        }
      }
      return disk(handle.id(), file, wanted.image(), wanted.sizeBytes());
    } catch (IOException e) {
      throw StorageFailure.of("What the disk of " + handle.id() + " reads from can't be found out", e).asRetryable();
    }
  }

  private static boolean isStill(DiskHome.Found found, Content wanted) throws IOException {
    try {
      return Files.isRegularFile(found.file()) && Content.of(found).equals(wanted);
    } catch (Qcow2Overlay.NoOverlayException | NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public void deleteCapture(Path image, Deadline within) throws DriverException {
    within.check("capture");
    try {
      new Captures(home).delete(image);
    } catch (IOException e) {
      throw StorageFailure.of("Capture " + image + " can't be removed", e);
    }
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    within.check("disk");
    try {
      home.remove(home.ofCapsule(id), id.generation());
    } catch (IOException e) {
      throw StorageFailure.of("What was made for " + id + " in " + home.directory() + " can't be removed", e);
    }
  }

  private Disk disk(PlanId id, Path file, Path image, long sizeBytes) throws IOException {
    boolean raw = new DiskHome.Found(id.generation(), file).isRaw();
    String format = raw ? "raw" : "qcow2";
    Handle handle = new Handle(KIND, DRIVER, version, id, Map.of(FileDisk.PATH, file.toString(), FileDisk.FORMAT, format,
        FileDisk.IMAGE, image.toString(), FileDisk.SIZE, Long.toString(sizeBytes)));
    return new FileDisk(handle, file, raw ? List.of() : Chain.from(image), home);
  }
}
