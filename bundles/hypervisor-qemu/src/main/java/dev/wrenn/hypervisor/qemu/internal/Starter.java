package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.BoundedLog;
import dev.wrenn.linux.Cgroup;
import dev.wrenn.linux.Cgroups;
import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.hypervisor.BootPlan;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The steps from a guest's description to a QEMU that runs it. What they leave behind when they fail is the caller's to remove. */
final class Starter {
  private static final int LOG_BYTES = 32 * 1024;
  private static final int MOST_WORDS = 300;
  private static final Duration END_LIMIT = Duration.ofSeconds(1);

  private final Settings settings;
  private final Users users;
  private final Launcher launcher;

  Starter(Settings settings, Packed preload, Packed program) {
    this.settings = settings;
    this.users = new Users(settings);
    this.launcher = new Launcher(settings, preload, program);
  }

  Started start(Guest guest, Deadline within) throws DriverException {
    CapsuleDirectory directory = CapsuleDirectory.of(settings.directory(), guest.id());
    int user;
    try {
      user = users.assign(directory);
    } catch (FileAlreadyExistsException e) {
      throw DriverException.of(Code.CONFLICT, "directory", "Another start of " + guest.id() + " is under way in " + directory.path(), e);
    } catch (IOException e) {
      throw Failures.io("directory", "The directory of " + guest.id() + " could not be made", e);
    }
    Optional<Cgroup> cgroup = cgroup(guest);
    try {
      BoundedLog log = BoundedLog.create(LOG_BYTES);
      try {
        return launched(guest, directory, user, cgroup, log, within);
      } catch (DriverException | IOException e) {
        log.close();
        throw e;
      }
    } catch (IOException e) {
      throw Failures.io("start", "QEMU of " + guest.id() + " could not be started", e);
    }
  }

  private Started launched(Guest guest, CapsuleDirectory directory, int user, Optional<Cgroup> cgroup, BoundedLog log, Deadline within)
      throws DriverException, IOException {
    try (Ear ready = new Ear(directory.ready(), user); Ear console = guest.console() ? new Ear(directory.console(), user) : null) {
      within.check("start");
      Process process = launcher.start(guest, directory, user, cgroup, log);
      try {
        return settled(guest, directory, process, user, log, ready, Optional.ofNullable(console), within);
      } catch (IOException e) {
        // A socket that closes is nearly always the first sign of an end, and QEMU's own words say more.
        if (ends(process)) {
          throw ended(guest, process, log);
        }
        throw e;
      }
    }
  }

  private Started settled(Guest guest, CapsuleDirectory directory, Process process, int user, BoundedLog log, Ear ready, Optional<Ear> console,
      Deadline within) throws DriverException, IOException {
    CompletableFuture<Process> end = process.onExit();
    SocketChannel control = ready.answer(end, within);
    Optional<SocketChannel> serial = console.isPresent() ? Optional.of(console.get().answer(end, within)) : Optional.empty();
    Qmp qmp = Qmp.greet(control, within);
    try {
      if (guest.origin().isPresent()) {
        DeviceState.into(qmp, within);
      }
      String status = qmp.status(within);
      if (!status.equals(guest.origin().isPresent() ? "paused" : "running")) {
        throw DriverException.of(Code.IO, "start", "The guest of " + guest.id() + " does not run: QEMU says " + status).withDetail(words(log));
      }
      directory.settle(user);
      log.handedOver();
      ProcessId pid = ProcessId.of(process.pid()).orElseThrow(() -> ended(guest, process, log));
      return new Started(directory, process, pid, user, log, qmp, serial);
    } catch (DriverException | IOException e) {
      qmp.close();
      throw e;
    }
  }

  private Optional<Cgroup> cgroup(Guest guest) throws DriverException {
    if (!settings.confined() || !settings.cgroups().supported()) {
      return Optional.empty();
    }
    BootPlan.Limits limits = guest.limits();
    try {
      return Optional.of(settings.cgroups().create(guest.id().toString(), new Cgroups.Limits(limits.cpuPercent(), limits.memoryBytes(), limits.pids())));
    } catch (IOException e) {
      throw Failures.io("limits", "The limits of " + guest.id() + " could not be set", e);
    }
  }

  private static boolean ends(Process process) {
    try {
      return process.waitFor(END_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static DriverException ended(Guest guest, Process process, BoundedLog log) {
    String words = words(log);
    return DriverException.of(Code.IO, "start", "QEMU of " + guest.id() + " ended before its guest ran (status " + process.onExit().join().exitValue()
        + "): " + (words.isEmpty() ? "it said nothing" : words)).withDetail(words);
  }

  /** How QEMU's complaint begins, on one line; what follows is mostly registers. */
  static String words(BoundedLog log) {
    try {
      String said = log.text().strip().replaceAll("\\s*\\R\\s*", "; ");
      return said.length() <= MOST_WORDS ? said : said.substring(0, MOST_WORDS) + "…";
    } catch (IOException e) {
      return "(its words could not be read: " + e.getMessage() + ")";
    }
  }
}
