package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.hypervisor.SavePlan;
import dev.wrenn.spi.hypervisor.SavedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Freezes, saves and thaws one QEMU, in short conversations. Whether it is frozen only QEMU knows. */
final class Freezer {
  /** What QEMU calls a machine that was stopped, and one that has told its state besides. */
  private static final String PAUSED = "paused";
  private static final String TOLD = "postmigrate";
  /** One that it stopped itself, since the file of its disk could not grow. */
  private static final String NO_ROOM = "io-error";

  private final Handle handle;
  private final ProcessId process;
  private final CompletionStage<?> ended;

  /** @param ended completes when QEMU has ended */
  Freezer(Handle handle, ProcessId process, CompletionStage<?> ended) {
    this.handle = handle;
    this.process = process;
    this.ended = ended;
  }

  private interface Talk<T> {
    T with(Qmp qmp) throws DriverException, IOException;
  }

  void freeze(Deadline within) throws DriverException {
    talk("freeze", within, qmp -> {
      if (qmp.status(within).equals(NO_ROOM)) {
        throw DriverException.of(Code.NO_CAPACITY, "freeze", "The guest of " + handle.id() + " stands still: there is no room for what it writes to its"
            + " disk. Make room, then it goes on");
      }
      if (!isFrozen(qmp, within)) {
        qmp.execute("stop", within);
      }
      return null;
    });
  }

  boolean retryWrites(Deadline within) throws DriverException {
    return talk("write", within, qmp -> {
      boolean stood = qmp.status(within).equals(NO_ROOM);
      if (stood) {
        qmp.execute("cont", within);
      }
      return stood;
    });
  }

  void thaw(Deadline within) throws DriverException {
    talk("thaw", within, qmp -> {
      // What was kept is wrong from the guest's next instruction on.
      Files.deleteIfExists(DeviceState.kept(directory()));
      if (isFrozen(qmp, within)) {
        qmp.execute("cont", within);
      }
      return null;
    });
  }

  SavedState save(SavePlan plan, Deadline within) throws DriverException {
    checkStateFile(plan.stateFile());
    byte[] state = talk("save", within, qmp -> state(qmp, within));
    Path created = null;
    try {
      GuestRam.of(process, directory().ram(), memoryBytes()).writeTo(plan.pages(), within);
      within.check("save");
      created = Files.createFile(plan.stateFile());
      try (FileChannel file = FileChannel.open(created, StandardOpenOption.WRITE)) {
        for (ByteBuffer rest = ByteBuffer.wrap(state); rest.hasRemaining(); ) {
          file.write(rest);
        }
        file.force(true);
      }
      return saved();
    } catch (IOException e) {
      undo(created, e);
      throw failure("save", e);
    } catch (DriverException | RuntimeException e) {
      undo(created, e);
      throw e;
    }
  }

  private byte[] state(Qmp qmp, Deadline within) throws DriverException, IOException {
    Path kept = DeviceState.kept(directory());
    String status = qmp.status(within);
    if (status.equals(TOLD) && Files.exists(kept)) {
      return Files.readAllBytes(kept);
    }
    if (!status.equals(PAUSED)) {
      throw DriverException.of(status.equals(TOLD) ? Code.IO : Code.INVALID, "save", "The microVM of " + handle.id()
          + " can't be saved: QEMU says " + status + (status.equals(TOLD) ? ", but an earlier save failed. Thaw it" : "; freeze it") + " first");
    }
    byte[] state = DeviceState.of(qmp, directory(), group(), ended, within);
    Files.write(kept, state);
    return state;
  }

  long reclaim(long bytes, Deadline within) throws DriverException {
    within.check("reclaim");
    saved();
    if (bytes < 0 || bytes >= memoryBytes()) {
      throw DriverException.of(Code.INVALID, "reclaim", "The guest of " + handle.id() + " can't lend " + bytes + " of its " + memoryBytes() + " bytes");
    }
    Deadline answers = Deadline.after(within.remaining().plus(Balloon.ANSWER));
    return talk("reclaim", answers, qmp -> {
      Balloon balloon = new Balloon(qmp, memoryBytes(), answers);
      if (!isFrozen(qmp, answers)) {
        return balloon.moved(bytes, within);
      }
      if (bytes != 0) {
        throw DriverException.of(Code.INVALID, "reclaim", "The guest of " + handle.id() + " is frozen and can lend nothing: thaw it first");
      }
      return balloon.aimed(0);
    });
  }

  /** Whether a machine of which QEMU says that can go on: it runs, is frozen, or waits for room. */
  static boolean canGoOn(String status) {
    return Set.of(PAUSED, TOLD, NO_ROOM, "running").contains(status);
  }

  /** @throws DriverException for a machine that neither runs nor is frozen */
  private boolean isFrozen(Qmp qmp, Deadline within) throws DriverException, IOException {
    String status = qmp.status(within);
    if (!canGoOn(status)) {
      throw DriverException.of(Code.IO, "freeze", "The guest of " + handle.id() + " neither runs nor is frozen: QEMU says " + status);
    }
    return !status.equals("running");
  }

  private void checkStateFile(Path file) throws DriverException {
    saved();
    if (!file.isAbsolute() || !Files.isDirectory(file.getParent()) || Files.exists(file)) {
      throw DriverException.of(Code.INVALID, "save", "The state of " + handle.id() + " can't be saved to " + file
          + ": it must be the absolute path of a file that is not there, in a directory that is");
    }
  }

  private <T> T talk(String step, Deadline within, Talk<T> talk) throws DriverException {
    saved();
    try (Qmp qmp = Qmp.call(Path.of(handle.need("qmp")), within)) {
      return talk.with(qmp);
    } catch (IOException e) {
      throw failure(step, e);
    }
  }

  private DriverException failure(String step, IOException e) {
    if (!process.alive()) {
      return DriverException.of(Code.GONE, step, "The microVM of " + handle.id() + " has ended", e);
    }
    boolean full = String.valueOf(e.getMessage()).contains("No space left on device");
    return DriverException.of(full ? Code.NO_CAPACITY : Code.IO, step, "Step '" + step + "' of the microVM of " + handle.id() + " failed: "
        + e.getMessage(), e);
  }

  private static void undo(Path created, Exception cause) {
    try {
      if (created != null) {
        Files.deleteIfExists(created);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private SavedState saved() throws DriverException {
    return Needs.of(handle).orElseThrow(() -> DriverException.of(Code.UNSUPPORTED, "save", "The microVM of " + handle.id() + " was started"
        + " without a memory of its own, so it can't be frozen and saved: by an older version, or by one that was built without its"
        + " preloaded library. It runs on; create the capsule anew to have one that can be paused"));
  }

  private long memoryBytes() throws DriverException {
    return Long.parseLong(saved().needs().get(SavedState.MEMORY_MIB)) << 20;
  }

  private CapsuleDirectory directory() throws DriverException {
    return new CapsuleDirectory(handle.id(), Path.of(handle.need("directory")));
  }

  private int group() {
    return Integer.parseInt(handle.facts().getOrDefault("uid", "-1"));
  }
}
