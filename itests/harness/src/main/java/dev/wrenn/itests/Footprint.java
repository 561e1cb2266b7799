package dev.wrenn.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/** What one platform has on the machine beside its own process, found by its prefix and in its data. Thread-safe. */
final class Footprint {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");
  private static final Path NFT = Path.of("/usr/sbin/nft");
  /** How the ids of capsules begin that a host makes for itself. */
  private static final String KEPT = "warm-";
  private final String prefix;
  private final Path data;

  Footprint(String prefix, Path data) {
    this.prefix = prefix;
    this.data = data;
  }

  /** Ends and removes what a run that was interrupted has left under this prefix: its tests have ended, and nobody else has that prefix. */
  void clear() throws IOException, InterruptedException {
    for (ProcessHandle process : ProcessHandle.allProcesses().filter(this::isOurs).toList()) {
      process.destroyForcibly();
      process.onExit().join();
    }
    for (String name : names(Path.of("/run/netns"), prefix + "-")) {
      RunningPlatform.run(List.of("ip", "netns", "delete", name));
    }
    if (Files.isExecutable(NFT)) {
      RunningPlatform.run(List.of("sh", "-c", "nft list table inet " + prefix + " > /dev/null 2>&1 && nft delete table inet " + prefix + " || true"));
    }
    for (Path group : groups()) {
      try (Stream<Path> below = Files.walk(group)) {
        for (Path each : below.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
    RunningPlatform.run(List.of("rm", "-rf", "/run/" + prefix));
  }

  private boolean isOurs(ProcessHandle process) {
    Path of = Path.of("/proc", Long.toString(process.pid()));
    try {
      return Files.readString(of.resolve("cgroup")).contains("/" + prefix + "/")
          || List.of(Files.readString(of.resolve("environ"), StandardCharsets.ISO_8859_1).split("\0")).contains("WRENN_PREFIX=" + prefix);
    } catch (IOException gone) {
      return false;
    }
  }

  private List<Path> groups() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String mount : names(GROUPS, "")) {
      Path group = GROUPS.resolve(mount).resolve(prefix);
      if (!mount.equals(prefix) && Files.isDirectory(group)) {
        found.add(group);
      }
    }
    Path unified = GROUPS.resolve(prefix);
    if (Files.isDirectory(unified)) {
      found.add(unified);
    }
    return found;
  }

  private static List<String> names(Path directory, String beginning) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(file -> file.getFileName().toString()).filter(name -> name.startsWith(beginning)).toList();
    }
  }

  /** Processes of microVMs, by pid. @param kept also those that a host boots for itself, to keep them */
  List<Long> microVms(boolean kept) throws IOException {
    List<Long> pids = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path process : all.filter(p -> p.getFileName().toString().matches("\\d+")).toList()) {
        if (belongs(process, kept)) {
          pids.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return pids;
  }

  private boolean belongs(Path process, boolean kept) {
    try {
      String command = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      boolean ours = kept || !command.contains("wrenn-" + KEPT);
      return ours && (command.startsWith("qemu-system") || command.contains("/qemu-system"))
          ? Files.readString(process.resolve("cgroup")).contains("/" + prefix + "/") : false;
    } catch (IOException gone) {
      return false;
    }
  }

  /** The processes that deliver memory to capsules. */
  List<ProcessHandle> pagers() throws IOException {
    List<ProcessHandle> found = new ArrayList<>();
    Path pagers = data.resolve("pager");
    if (!Files.isDirectory(pagers)) {
      return found;
    }
    try (Stream<Path> states = Files.walk(pagers, 2)) {
      for (Path state : states.filter(file -> file.endsWith("pager") && Files.isRegularFile(file)).toList()) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(state)) {
          properties.load(in);
        }
        ProcessHandle.of(Long.parseLong(properties.getProperty("pid"))).ifPresent(found::add);
      }
    }
    return found;
  }

  /** What the platform has on the machine beside itself: microVMs, disks, directories of capsules, control groups, used networks. */
  List<String> leftovers() throws IOException {
    List<String> found = new ArrayList<>();
    microVms(false).forEach(pid -> found.add("process " + pid));
    for (String directory : List.of("disks", "vms")) {
      Path path = data.resolve(directory);
      if (Files.isDirectory(path)) {
        try (Stream<Path> files = Files.list(path)) {
          files.filter(f -> f.getFileName().toString().startsWith("cl-")).forEach(f -> found.add(f.toString()));
        }
      }
    }
    if (Files.isDirectory(data.resolve("pager"))) {
      try (Stream<Path> files = Files.walk(data.resolve("pager"), 2)) {
        files.filter(f -> f.getFileName().toString().startsWith("cl-")).forEach(f -> found.add(f.toString()));
      }
    }
    for (Path controller : List.of(Path.of("/sys/fs/cgroup/memory"), Path.of("/sys/fs/cgroup"))) {
      Path group = controller.resolve(prefix);
      if (Files.isDirectory(group)) {
        try (Stream<Path> children = Files.list(group)) {
          children.filter(Files::isDirectory).filter(c -> !c.getFileName().toString().startsWith(KEPT)).forEach(c -> found.add(c.toString()));
        }
      }
    }
    Path owners = Path.of("/run", prefix, "net");
    if (Files.isDirectory(owners)) {
      try (Stream<Path> files = Files.list(owners)) {
        for (Path file : files.filter(f -> f.getFileName().toString().matches("\\d+")).toList()) {
          if (!isOfKept(file)) {
            found.add(file.toString());
          }
        }
      }
    }
    return found;
  }

  private static boolean isOfKept(Path slot) throws IOException {
    try {
      return Files.readString(slot).contains(KEPT);
    } catch (NoSuchFileException gone) {
      // It was given back while we looked.
      return true;
    }
  }

  /** What is stored of pauses, templates and captured disks, whoever may still use it. */
  List<String> stored() throws IOException {
    List<String> found = new ArrayList<>();
    for (String directory : List.of("snapshots/snapshots", "snapshots/layers", "snapshots/maps", "snapshots/flat", "snapshots/leases",
        "snapshots/work", "host/captures")) {
      Path path = data.resolve(directory);
      if (Files.isDirectory(path)) {
        try (Stream<Path> files = Files.walk(path)) {
          files.filter(Files::isRegularFile).forEach(file -> found.add(data.relativize(file).toString()));
        }
      }
    }
    return found;
  }

  /** Capsules of which the host's journal says that something is there; all of it is in the file only once the platform has ended in order. */
  Set<String> journal() throws IOException {
    Set<String> known = new HashSet<>();
    for (String line : Files.readAllLines(data.resolve("host/journal"))) {
      JsonNode change = JSON.readTree(line.substring(line.indexOf('{')));
      // One that failed is remembered for a while, with nothing of it left.
      boolean over = change.path("clean").asBoolean() && !change.path("state").asText().equals("PAUSED");
      if (change.get("type").asText().equals("capsule") && !over) {
        known.add(change.get("id").asText());
      } else {
        known.remove(change.path("id").asText());
      }
    }
    return known;
  }
}
