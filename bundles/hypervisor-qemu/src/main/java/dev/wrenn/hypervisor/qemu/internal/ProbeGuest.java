package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.BoundedLog;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.hypervisor.BootPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;

/** Boots a guest in just the way in which capsules are, and waits until its kernel says on the console that it starts the first program. */
final class ProbeGuest {
  private static final String PROOF = "Run /init as init process";
  private static final String PREFIX = "probe-";
  private static final int MEMORY_MIB = 256;
  private static final long PROCESS_BYTES = 1L << 30;

  private final Settings settings;
  private final Starter starter;
  private final Remains remains;

  ProbeGuest(Settings settings, Starter starter, Remains remains) {
    this.settings = settings;
    this.starter = starter;
    this.remains = remains;
  }

  /** The guest that is booted: what the configuration names. */
  BootPlan.GuestKernel kernel() throws DriverException {
    Path directory = settings.probeGuest().resolve("kernel");
    try (Reader reader = Files.newBufferedReader(directory.resolve("kernel.properties"))) {
      Properties properties = new Properties();
      properties.load(reader);
      return new BootPlan.GuestKernel(directory.resolve(properties.getProperty("file", "vmlinux")), settings.probeGuest().resolve("initrd.cpio"),
          properties.getProperty("machine", "microvm"), properties.getProperty("version", "unknown"),
          words(properties, "cmdline"), words(properties, "cmdline.emulation"));
    } catch (NoSuchFileException e) {
      throw DriverException.of(Code.UNSUPPORTED, "probe", "There is no guest to boot for a test: " + e.getMessage()
          + " is missing. Build or install the guest kernel, or set probeKernelDirectory of " + QemuHypervisor.PID, e);
    } catch (IOException e) {
      throw Failures.io("probe", "The guest in " + settings.probeGuest() + " can't be read", e);
    }
  }

  private static List<String> words(Properties properties, String name) {
    return properties.getProperty(name, "").isBlank() ? List.of() : List.of(properties.getProperty(name).strip().split("\\s+"));
  }

  /** Ends guests of probes whose JVM died. A probe of another driver that runs now is left alone: its JVM is in the guest's name. */
  void discardOrphans(Deadline within) throws DriverException {
    for (PlanId id : remains.all()) {
      String[] parts = id.capsule().split("-");
      if (id.capsule().startsWith(PREFIX) && parts.length == 3 && parts[1].matches("\\d{1,10}")
          && ProcessHandle.of(Long.parseLong(parts[1])).isEmpty()) {
        remains.discard(id, within);
      }
    }
  }

  /** @throws DriverException when the guest did not boot, saying how far it came */
  void boot(BootPlan.GuestKernel kernel, String accelerator, Deadline within) throws DriverException {
    Deadline limit = within.limitedTo(settings.probeLimit());
    PlanId id = new PlanId(PREFIX + ProcessHandle.current().pid() + "-" + UUID.randomUUID().toString().substring(0, 8), 1);
    DriverException failure = null;
    try {
      List<String> words = new ArrayList<>(KernelWords.of(kernel, accelerator));
      words.addAll(List.of("console=ttyS0", "loglevel=7"));
      Guest guest = new Guest(id, accelerator, 1, MEMORY_MIB, kernel, words, Optional.empty(), Optional.empty(),
          new BootPlan.Limits(0, PROCESS_BYTES, 0), Optional.empty(), true);
      Started started = starter.start(guest, limit);
      try (BoundedLog log = started.log(); Qmp qmp = started.qmp(); SocketChannel console = started.console().orElseThrow()) {
        // Under KVM a guest may stop instead of ending; nothing more comes from its console then.
        Thread stops = Thread.startVirtualThread(() -> closeAtStop(qmp, console, limit));
        try {
          listen(console, log, limit);
        } finally {
          stops.interrupt();
        }
      }
    } catch (IOException e) {
      failure = Failures.io("probe", "The probe's guest could not be watched", e);
    } catch (DriverException e) {
      failure = e;
    }
    if (failure != null) {
      remains.undo(id, failure);
      within.check("probe with " + accelerator);
      throw failure;
    }
    remains.discard(id, within);
  }

  private static void closeAtStop(Qmp qmp, SocketChannel console, Deadline limit) {
    try {
      qmp.awaitEvent(Set.of("STOP", "GUEST_PANICKED"), limit);
      TimedIo.close(console);
    } catch (IOException | DriverException over) {
      // The guest ended, or the probe did: whoever reads the console sees it too.
    }
  }

  private void listen(SocketChannel console, BoundedLog log, Deadline limit) throws DriverException, IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    try {
      while (!text(said).contains(PROOF)) {
        buffer.clear();
        if (TimedIo.run(console, limit, "probe", () -> console.read(buffer)) < 0) {
          throw did("QEMU ended", said, log);
        }
        said.write(buffer.array(), 0, buffer.position());
      }
    } catch (ClosedChannelException e) {
      throw did("its guest was stopped by QEMU", said, log);
    } catch (DriverException e) {
      throw e.code() == Code.TIMEOUT ? did("it did not come to its first program in " + settings.probeLimit().toMillis() + " ms", said, log) : e;
    }
  }

  private static DriverException did(String what, ByteArrayOutputStream said, BoundedLog log) {
    String[] lines = text(said).strip().split("\\R");
    String words = Starter.words(log);
    String last = lines[lines.length - 1].isBlank() ? "its console stayed empty" : "last on its console: '" + lines[lines.length - 1].strip() + "'";
    return DriverException.of(Code.IO, "probe", what + "; " + last + (words.isEmpty() ? "" : "; QEMU said: " + words));
  }

  private static String text(ByteArrayOutputStream said) {
    return said.toString(StandardCharsets.ISO_8859_1);
  }
}
