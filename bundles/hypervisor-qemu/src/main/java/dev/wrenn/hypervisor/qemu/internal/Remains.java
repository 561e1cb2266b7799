package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.ProcessId;
import dev.wrenn.linux.ProcessWatch;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds and removes what there is of a microVM, whoever made it and however far it came. */
final class Remains {
  private static final Pattern DIRECTORY = Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9-]{0,63})\\.([1-9][0-9]{0,8})");
  private static final Duration UNDO_LIMIT = Duration.ofSeconds(10);

  private final Settings settings;
  private final ProcessWatch watch;

  Remains(Settings settings, ProcessWatch watch) {
    this.settings = settings;
    this.watch = watch;
  }

  /** Ends every process of that id and removes the rest. Nothing to do is no error. */
  void discard(PlanId id, Deadline within) throws DriverException {
    within.check("discard");
    for (ProcessId process : processes(id)) {
      end(id, process, within);
    }
    clear(id, within);
  }

  /** Kills a process and waits until it is gone. */
  void end(PlanId id, ProcessId process, Deadline within) throws DriverException {
    try {
      if (process.signal(ProcessId.SIGKILL)) {
        Failures.await(watch.exit(process), within, "kill");
      }
    } catch (IOException e) {
      throw Failures.io("kill", "QEMU of " + id + ", process " + process.pid() + ", could not be killed", e);
    }
  }

  /** Removes control group and directory, with whatever is still in them. */
  void clear(PlanId id, Deadline within) throws DriverException {
    within.check("remove");
    try {
      if (settings.confined() && settings.cgroups().supported()) {
        settings.cgroups().group(id.toString()).remove(within.remaining());
      }
      CapsuleDirectory.of(settings.directory(), id).delete();
    } catch (IOException e) {
      within.check("remove");
      throw Failures.io("remove", "What is left of " + id + " could not be removed", e);
    }
  }

  /**
   * Undoes a start that failed, on time of its own: neither a passed deadline nor an interrupt keeps it from that. When it fails
   * too, that is added to the first failure.
   */
  void undo(PlanId id, Exception failure) {
    boolean interrupted = Thread.interrupted();
    try {
      discard(id, Deadline.after(UNDO_LIMIT));
    } catch (DriverException e) {
      failure.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ids of a capsule that have a directory here. */
  List<PlanId> generations(String capsule) throws DriverException {
    return all().stream().filter(id -> id.capsule().equals(capsule)).toList();
  }

  /** Every id that has a directory here. */
  List<PlanId> all() throws DriverException {
    List<PlanId> found = new ArrayList<>();
    if (!Files.exists(settings.directory())) {
      return found;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(settings.directory())) {
      for (Path one : all) {
        Matcher name = DIRECTORY.matcher(one.getFileName().toString());
        if (name.matches()) {
          found.add(new PlanId(name.group(1), Integer.parseInt(name.group(2))));
        }
      }
    } catch (IOException e) {
      throw Failures.io("directory", "The directories of microVMs in " + settings.directory() + " could not be listed", e);
    }
    return found;
  }

  /**
   * Processes of that id in our directory: QEMU, or a program of the chain that becomes it. Another platform on this host may use the
   * same id in another directory.
   */
  List<ProcessId> processes(PlanId id) throws DriverException {
    String socket = CommandLine.socket(CapsuleDirectory.of(settings.directory(), id).qmp());
    List<ProcessId> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path one : all) {
        List<String> argv = arguments(one);
        if (isNamed(argv, id) && argv.stream().anyMatch(argument -> argument.endsWith(socket))) {
          ProcessId.of(Long.parseLong(one.getFileName().toString())).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      throw Failures.io("find", "The processes of this host could not be listed", e);
    }
    return found;
  }

  /** Whether that process lives and is QEMU of that id, or becomes it. */
  static boolean names(ProcessId process, PlanId id) {
    return process.alive() && isNamed(arguments(Path.of("/proc", Long.toString(process.pid()))), id);
  }

  private static boolean isNamed(List<String> argv, PlanId id) {
    int name = argv.indexOf("-name");
    return name >= 0 && name + 1 < argv.size() && argv.get(name + 1).equals(CommandLine.name(id));
  }

  private static List<String> arguments(Path process) {
    try {
      return Arrays.asList(new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8).split("\0"));
    } catch (IOException gone) {
      // It ended while we looked: it is not what we look for.
      return List.of();
    }
  }
}
