package dev.wrenn.itests.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What capsules have on this machine, looked up without the platform. */
final class Machine {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private final String prefix;
  private final Path data;

  Machine(String prefix, Path data) {
    this.prefix = prefix;
    this.data = data;
  }

  /** Pid and start time of a capsule's microVM: the same text is the same process. Empty when there is none. */
  String microVm(String capsule) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path process : children(Path.of("/proc"))) {
      if (process.getFileName().toString().matches("\\d+") && commandLine(process).contains("wrenn-" + capsule + ".")) {
        found.add(process.getFileName() + " since " + startTicks(process));
      }
    }
    return String.join(" and ", found);
  }

  /** Disks, directories, control groups, networks in use and processes of capsules. */
  List<String> remains() throws IOException {
    List<String> found = new ArrayList<>();
    String processes = microVm("cl-");
    if (!processes.isEmpty()) {
      found.add("process " + processes);
    }
    for (Path directory : List.of(data.resolve("disks"), Path.of(System.getenv("WRENN_VM_DIR")))) {
      children(directory).stream().filter(file -> file.getFileName().toString().startsWith("cl-")).map(Path::toString).forEach(found::add);
    }
    for (Path group : groups(prefix)) {
      children(group).stream().filter(Files::isDirectory).map(Path::toString).forEach(found::add);
    }
    children(Path.of("/run", prefix, "net")).stream().filter(file -> file.getFileName().toString().matches("\\d+")).map(Path::toString).forEach(found::add);
    return found;
  }

  /** Removes the control groups of a platform that has ended: one with something in it stays. */
  static void removeGroups(String prefix) {
    try {
      for (Path group : groups(prefix)) {
        Files.deleteIfExists(group);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not remove the control groups of " + prefix, e);
    }
  }

  /** Of the second version of control groups, or of each controller of the first one. */
  private static List<Path> groups(String prefix) throws IOException {
    List<Path> found = new ArrayList<>(List.of(ROOT.resolve(prefix)));
    children(ROOT).stream().filter(Files::isDirectory).map(controller -> controller.resolve(prefix)).forEach(found::add);
    return found.stream().filter(Files::isDirectory).toList();
  }

  private String commandLine(Path process) {
    try {
      String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      return line.contains("qemu-system") && Files.readString(process.resolve("cgroup")).contains("/" + prefix + "/") ? line : "";
    } catch (IOException ended) {
      return "";
    }
  }

  private static String startTicks(Path process) throws IOException {
    String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    } catch (NoSuchFileException none) {
      return List.of();
    }
  }
}
