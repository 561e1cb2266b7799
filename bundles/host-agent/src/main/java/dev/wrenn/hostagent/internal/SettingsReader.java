package dev.wrenn.hostagent.internal;

import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Works out settings from the configuration and the machine. */
final class SettingsReader {
  private static final String ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
  private static final int ID_LENGTH = 25;
  private static final Pattern SIZE = Pattern.compile("([^/]+)/([1-9]\\d{0,3})/([1-9]\\d{0,7})");
  private static final Duration FIRST_RETRY = Duration.ofMillis(250);

  private SettingsReader() {}

  static HostSettings read(HostConfig config, Machine machine) throws IOException {
    Path directory = Path.of(config.directory()).toAbsolutePath();
    Files.createDirectories(directory);
    Path guest = config.guestDirectory().isBlank() ? directory.resolve("guest") : Path.of(config.guestDirectory());
    return new HostSettings(directory, hostId(config, directory), guest, config.agentPort(), shares(config, machine), limits(config),
        new HostSettings.Records(Duration.ofMinutes(config.keepRecordsMinutes()), config.keepRecords(),
            Duration.ofSeconds(config.activityNoteSeconds())),
        config.parallelBoots() > 0 ? config.parallelBoots() : 2 * machine.processors(), config.parallelAdoptions(),
        Duration.ofMillis(config.idleCheckMillis()), Duration.ofSeconds(config.goDownSeconds()),
        new HostSettings.Sampling(Duration.ofMillis(config.sampleMillis()), Duration.ofMillis(config.guestSampleMillis()),
            config.parallelGuestSamples(), config.busyPercent()), drivers(config), warm(config), memory(config));
  }

  static HostSettings.Warm warm(HostConfig config) {
    List<HostSettings.Size> sizes = new ArrayList<>();
    for (String size : config.warmSizes()) {
      Matcher parts = SIZE.matcher(size.strip());
      if (!parts.matches()) {
        throw new IllegalArgumentException("warmSizes of dev.wrenn.host has '" + size + "', which is not of the form image/processors/MiB");
      }
      sizes.add(new HostSettings.Size(parts.group(1), Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3))));
    }
    return new HostSettings.Warm(config.warm(), sizes, config.warmMost(), Duration.ofSeconds(config.warmPatienceSeconds()),
        memory(config).mode().equals("PAGED") ? 0 : Math.max(0, config.warmReady()));
  }

  static Drivers.Settings drivers(HostConfig config) {
    return new Drivers.Settings(Duration.ofMillis(config.driverWaitMillis()), Duration.ofSeconds(config.firstProbeSeconds()),
        Duration.ofSeconds(config.probeSeconds()), Map.of(Kind.HYPERVISOR.name(), config.preferredHypervisor(),
            Kind.STORAGE.name(), config.preferredStorage(), Kind.NETWORK.name(), config.preferredNetwork()));
  }

  private static HostSettings.Memory memory(HostConfig config) {
    String mode = config.restoreMemory().strip().toUpperCase(Locale.ROOT);
    if (!Set.of("AUTO", "IMAGE", "PAGED").contains(mode)) {
      throw new IllegalArgumentException("restoreMemory of dev.wrenn.host is '" + config.restoreMemory() + "': use auto, image or paged");
    }
    return new HostSettings.Memory(mode, Duration.ofSeconds(config.hotSetSeconds()));
  }

  private static HostSettings.Shares shares(HostConfig config, Machine machine) throws IOException {
    long reserve = config.memoryReserveMib() >= 0 ? config.memoryReserveMib() : Math.clamp(machine.memoryMib() / 8, 256, 1024);
    return new HostSettings.Shares(config.cpuOvercommitPercent(), config.memoryOvercommitPercent(), config.diskOvercommitPercent(), reserve,
        config.diskReserveMib(), config.maxCapsules(), config.overheadMib(), config.headroomMib(), config.headroomCpuPercent(), config.pids(),
        config.maxConnections());
  }

  private static HostSettings.Limits limits(HostConfig config) {
    return new HostSettings.Limits(Duration.ofSeconds(config.diskSeconds()), Duration.ofSeconds(config.networkSeconds()),
        Duration.ofSeconds(config.bootSeconds()), Duration.ofSeconds(config.agentSeconds()), Duration.ofSeconds(config.undoSeconds()),
        Duration.ofSeconds(config.endSeconds()), Duration.ofSeconds(config.adoptSeconds()), FIRST_RETRY,
        Duration.ofSeconds(config.retrySeconds()));
  }

  private static String hostId(HostConfig config, Path directory) throws IOException {
    if (!config.hostId().isBlank()) {
      return config.hostId().strip();
    }
    Path file = directory.resolve("host").resolve("id");
    if (!Files.exists(file)) {
      Files.createDirectories(file.getParent());
      Path next = file.resolveSibling("id.new");
      Files.writeString(next, "host-" + new SecureRandom().ints(ID_LENGTH, 0, ID_LETTERS.length())
          .mapToObj(at -> ID_LETTERS.substring(at, at + 1)).collect(Collectors.joining()) + "\n");
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return Files.readString(file).strip();
  }
}
