package dev.wrenn.sim.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.storage.BlockAttachment;
import dev.wrenn.spi.storage.CapturedDisk;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import dev.wrenn.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Simulated disks: a mark each, and no bytes. */
public final class SimStorage implements StorageDriver {
  private final Marks marks;

  public SimStorage(Path directory) throws IOException {
    marks = new Marks(directory.resolve("disks"), "disk");
  }

  @Override
  public String name() {
    return Sim.NAME;
  }

  @Override
  public String version() {
    return Sim.VERSION;
  }

  @Override
  public Set<String> offers() {
    return Set.of("raw");
  }

  @Override
  public Probe probe(Deadline within) {
    return new Probe(true, "Simulated disks: they hold nothing. For tests only", Map.of());
  }

  @Override
  public Disk create(DiskPlan plan, Deadline within) throws DriverException {
    marks.check(within);
    String text = plan.id().generation() + " " + plan.sizeBytes();
    if (!marks.make(plan.id().capsule(), text) && !marks.text(plan.id().capsule()).equals(Optional.of(text))) {
      throw marks.conflict(plan.id());
    }
    return new SimDisk(plan.id(), text);
  }

  @Override
  public Disk adopt(Handle handle, Deadline within) throws DriverException {
    marks.check(within);
    String text = handle.need("text");
    if (!marks.text(handle.id().capsule()).equals(Optional.of(text))) {
      throw marks.gone(handle.id());
    }
    return new SimDisk(handle.id(), text);
  }

  @Override
  public void discard(PlanId id, Deadline within) throws DriverException {
    marks.check(within);
    Optional<String> text = marks.text(id.capsule()).filter(found -> found.startsWith(id.generation() + " "));
    if (text.isPresent()) {
      marks.remove(id.capsule(), text.get());
    }
  }

  @Override
  public void deleteCapture(Path image, Deadline within) throws DriverException {
    marks.check(within);
    try {
      Files.deleteIfExists(image);
      Files.deleteIfExists(image.resolveSibling(image.getFileName() + ".part"));
    } catch (IOException e) {
      throw DriverException.of(DriverException.Code.IO, "capture", "The capture " + image + " can't be removed", e);
    }
  }

  private final class SimDisk implements Disk {
    private final PlanId id;
    private final String text;

    SimDisk(PlanId id, String text) {
      this.id = id;
      this.text = text;
    }

    @Override
    public Handle handle() {
      return new Handle("storage", Sim.NAME, Sim.VERSION, id, Map.of("text", text));
    }

    @Override
    public BlockAttachment attachment() {
      return new BlockAttachment.RawFile(marks.directory().resolve(id.capsule()));
    }

    @Override
    public long usedBytes() {
      return 0;
    }

    @Override
    public CapturedDisk capture(Path image, Deadline within) throws DriverException {
      marks.check(within);
      if (!marks.text(id.capsule()).equals(Optional.of(text))) {
        throw marks.gone(id);
      }
      try {
        Files.createFile(image);
        return new CapturedDisk(image, Long.parseLong(text.split(" ")[1]), List.of());
      } catch (FileAlreadyExistsException e) {
        throw DriverException.of(DriverException.Code.CONFLICT, "capture", "There is a file " + image + " already", e);
      } catch (IOException e) {
        throw DriverException.of(DriverException.Code.IO, "capture", "The simulated disk of " + id + " can't be captured as " + image, e);
      }
    }

    @Override
    public void delete(Deadline within) throws DriverException {
      marks.check(within);
      marks.remove(id.capsule(), text);
    }
  }
}
