package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.storage.CapturedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a snapshot's manifest says in this host's words. The names are part of the format.
 *
 * @param life whose memory it is: its agent knows that life's token until it is told another
 * @param imageId content hash of the image that the disk began from
 * @param drivers that made it, by kind
 */
record SavedFacts(PlanId life, String imageId, int vcpus, int memoryMib, long diskBytes, Path disk, Map<String, String> drivers) {
  /** Name of the part with the state of processors and devices. */
  static final String STATE = "state";
  private static final String DISK = "disk";
  private static final String BACKING = "image";
  private static final String WRITTEN = "disks_written";
  private static final String DRIVER = "driver.";
  private static final String FOR = "for";
  private static final String COPIES = "copies";
  static final String HELP = "bring its files back from a backup, or destroy it";

  /** What to do when something that was saved is not what it was. */
  static String help(SnapshotId id) {
    return "Bring the file back from a backup, with its time of change"
        + (id.kind() == SnapshotId.Kind.PAUSE ? ", or resume the capsule cold: it boots from its disk then, as that is" : "");
  }

  static SavedFacts of(Snapshot snapshot) throws SnapshotException {
    Manifest.Details details = snapshot.manifest().details();
    Map<String, String> facts = details.facts();
    try {
      Path disk = details.disks().stream().filter(part -> part.role().equals(DISK)).map(part -> Path.of(part.path())).findFirst().orElseThrow();
      Map<String, String> drivers = new TreeMap<>();
      facts.forEach((name, value) -> {
        if (name.startsWith(DRIVER)) {
          drivers.put(name.substring(DRIVER.length()), value);
        }
      });
      return new SavedFacts(new PlanId(facts.get("capsule"), Integer.parseInt(facts.get("generation"))), facts.getOrDefault("image_id", ""),
          Integer.parseInt(facts.get("vcpus")), Integer.parseInt(facts.get("memory_mib")), Long.parseLong(facts.get("disk_bytes")), disk, drivers);
    } catch (RuntimeException e) {
      throw new SnapshotException(SnapshotException.Code.CORRUPT, "The manifest of " + snapshot.id() + " lacks what this host wrote into it: " + e, e);
    }
  }

  /** The same, of a template that only copies begin from. */
  static Manifest.Details forCopies(Manifest.Details details) {
    Map<String, String> facts = new TreeMap<>(details.facts());
    facts.put(FOR, COPIES);
    return new Manifest.Details(details.needs(), details.cpu(), details.agentVersion(), details.disks(), facts);
  }

  /** Whether nobody needs it once the copies that it was made for have begun. */
  static boolean isForCopies(Snapshot snapshot) {
    return snapshot.manifest().details().facts().getOrDefault(FOR, "").equals(COPIES);
  }

  /** For the manifest. */
  static Map<String, String> facts(PlanId life, CapsuleOrder order, String imageId, CapturedDisk disk, Map<String, String> drivers)
      throws IOException {
    Map<String, String> facts = new TreeMap<>(Map.of("capsule", life.capsule(), "generation", Integer.toString(life.generation()), "image_id", imageId,
        "vcpus", Integer.toString(order.vcpus()), "memory_mib", Integer.toString(order.memoryMib()), "disk_bytes", Long.toString(disk.sizeBytes())));
    List<String> marks = new ArrayList<>();
    for (Manifest.DiskPart part : disks(disk)) {
      marks.add(DiskMark.of(Path.of(part.path())).toString());
    }
    facts.put(WRITTEN, String.join(" ", marks));
    drivers.forEach((kind, name) -> facts.put(DRIVER + kind, name));
    return facts;
  }

  /**
   * Memory goes on only with the disk that it was saved with.
   *
   * @throws SnapshotException {@code CORRUPT} when a file was written to or exchanged
   */
  static void checkDisks(Snapshot snapshot) throws IOException {
    Manifest.Details details = snapshot.manifest().details();
    List<String> written = List.of(details.facts().getOrDefault(WRITTEN, "").split(" "));
    for (int at = 0; at < details.disks().size(); at++) {
      Manifest.DiskPart part = details.disks().get(at);
      Path file = Path.of(part.path());
      // One that is not there is the storage driver's to tell.
      boolean same = !Files.exists(file) || file.toFile().length() == part.bytes()
          && (written.size() != details.disks().size() || written.get(at).isEmpty() || DiskMark.parse(written.get(at)).fits(file));
      if (!same) {
        throw new SnapshotException(SnapshotException.Code.CORRUPT, "The " + part.role() + " file " + file + " of " + snapshot.id() + " was changed after that"
            + " was saved: memory must not go on with another disk. " + help(snapshot.id()));
      }
    }
  }

  /** For the manifest. */
  static List<Manifest.DiskPart> disks(CapturedDisk disk) {
    List<Manifest.DiskPart> parts = new ArrayList<>();
    parts.add(part(DISK, disk.image()));
    disk.backing().forEach(file -> parts.add(part(BACKING, file)));
    return parts;
  }

  private static Manifest.DiskPart part(String role, Path file) {
    return new Manifest.DiskPart(role, file.toString(), file.toFile().length());
  }
}
