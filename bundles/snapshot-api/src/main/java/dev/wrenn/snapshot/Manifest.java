package dev.wrenn.snapshot;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that a snapshot is. It is the last thing that is written: a directory with a manifest is a whole snapshot.
 *
 * @param memory the microVM's memory
 * @param parts the other files in the snapshot's directory, device state among them, sorted by name
 * @param details what the host said of it
 */
public record Manifest(SnapshotId id, Instant createdAt, Memory memory, List<Part> parts, Details details) {
  public Manifest {
    parts = parts.stream().sorted(java.util.Comparator.comparing(Part::name)).toList();
    if (createdAt == null || memory == null || details == null) {
      throw new IllegalArgumentException("The manifest of " + id + " lacks its time, memory or details");
    }
  }

  /**
   * @param map name of the page map
   * @param mapBytes length of its file
   * @param bytes guest memory
   * @param layers all that the map needs
   */
  public record Memory(Digest map, long mapBytes, long bytes, List<PageMap.Layer> layers) {
    public Memory {
      layers = List.copyOf(layers);
      if (map == null || mapBytes <= 0 || bytes <= 0) {
        throw new IllegalArgumentException("memory of " + bytes + " bytes by a map of " + mapBytes);
      }
    }
  }

  /**
   * @param name file name in the snapshot's directory
   * @param sha256 of its content
   */
  public record Part(String name, long bytes, Digest sha256) {
    public Part {
      if (!name.matches("[a-z0-9][a-z0-9._-]{0,63}") || bytes < 0 || sha256 == null) {
        throw new IllegalArgumentException("part '" + name + "' of " + bytes + " bytes");
      }
    }
  }

  /**
   * A file outside the snapshot's directory that belongs to the same moment. Its owner, a storage driver, keeps it as long as the
   * snapshot is there.
   *
   * @param role what it is to the snapshot: {@code disk}, {@code image}
   * @param path absolute
   * @param bytes its length, which doesn't change while the snapshot is there
   */
  public record DiskPart(String role, String path, long bytes) {
    public DiskPart {
      if (role.isBlank() || !path.startsWith("/") || bytes < 0) {
        throw new IllegalArgumentException(role + " file '" + path + "' of " + bytes + " bytes");
      }
    }
  }

  /**
   * @param needs what a restore must match, as the hypervisor driver named it: driver and its version, machine, kernel digest …
   * @param cpu identity of the processor: vendor, family, model and the digest of its flags
   * @param agentVersion version of the agent in the guest
   * @param disks what the storage driver keeps for it, top of the chain first
   * @param facts whatever else the host must know to bring the capsule back; it holds no secret
   */
  public record Details(Map<String, String> needs, String cpu, String agentVersion, List<DiskPart> disks, Map<String, String> facts) {
    public Details {
      needs = Collections.unmodifiableMap(new TreeMap<>(needs));
      facts = Collections.unmodifiableMap(new TreeMap<>(facts));
      disks = List.copyOf(disks);
      if (cpu == null || agentVersion == null) {
        throw new IllegalArgumentException("details without processor or agent version");
      }
    }
  }
}
