package dev.wrenn.hostagent.internal;

import dev.wrenn.guest.GuestClients;
import dev.wrenn.guest.internal.HttpGuestClients;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostAgent;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.life.PageServerGate;
import dev.wrenn.hostagent.internal.life.SnapshotGate;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import dev.wrenn.sim.internal.SimAgent;
import dev.wrenn.sim.internal.SimHypervisor;
import dev.wrenn.sim.internal.SimNetwork;
import dev.wrenn.sim.internal.SimStorage;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A host over simulated drivers in a directory. What the drivers made outlives {@link #stop} and {@link #crash}. */
final class Rig implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(20);
  private static final long IMAGE_BYTES = 8L << 20;

  final Path directory;
  final SimAgent agent;
  final GuestClients guests = new HttpGuestClients(Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(30));
  UnaryOperator<HostSettings> settings = one -> one;
  UnaryOperator<StorageDriver> storageWrap = driver -> driver;
  final SnapshotGate snapshots = new SnapshotGate();
  final PageServerGate pages = new PageServerGate();
  FaultPoint faults = FaultPoint.NONE;
  Drivers drivers;
  SimHypervisor hypervisor;
  StorageDriver storage;
  NetworkDriver network;
  Host host;

  Rig(Path directory) throws IOException {
    this.directory = directory;
    agent = new SimAgent(0);
    Path guest = directory.resolve("guest");
    Path kernel = Files.createDirectories(guest.resolve("kernel"));
    Files.writeString(kernel.resolve("vmlinux"), "kernel");
    Files.writeString(kernel.resolve("kernel.properties"), "file=vmlinux\nversion=6.1-test\nmachine=microvm\ncmdline=quiet panic=-1\n");
    Files.writeString(guest.resolve("initrd.cpio"), "initrd");
    Files.writeString(guest.resolve("initrd.properties"), "envd.version=0.6.4\n");
    image("minimal", IMAGE_BYTES);
  }

  void image(String name, long saidBytes) throws IOException {
    Path image = Files.createDirectories(directory.resolve("guest/images").resolve(name));
    try (var file = new java.io.RandomAccessFile(image.resolve("rootfs.ext4").toFile(), "rw")) {
      file.setLength(IMAGE_BYTES);
    }
    Files.writeString(image.resolve("image.properties"), "name=" + name + "\nid=abc\nsize_bytes=" + saidBytes + "\nused_bytes=4096\n");
  }

  HostAgent start() throws Exception {
    HostSettings all = settings.apply(settings());
    drivers = new Drivers(all.drivers());
    addAll();
    host = new Host(all, drivers, guests, snapshots, pages, faults);
    return host.agent();
  }

  void addAll() throws IOException {
    storage = storageWrap.apply(new SimStorage(directory.resolve("sim")));
    network = new SimNetwork(directory.resolve("sim"), agent.port(), 4000);
    drivers.add(Kind.STORAGE, storage, 0);
    drivers.add(Kind.NETWORK, network, 0);
    addHypervisor();
  }

  void addHypervisor() throws IOException {
    hypervisor = new SimHypervisor(directory.resolve("sim"), agent);
    drivers.add(Kind.HYPERVISOR, (HypervisorDriver) hypervisor, 0);
  }

  void removeHypervisor() throws IOException {
    drivers.remove(Kind.HYPERVISOR, hypervisor);
    hypervisor.close();
  }

  HostAgent api() {
    return host.agent();
  }

  /** As the framework stops it. */
  void stop() throws IOException {
    host.close();
    hypervisor.close();
  }

  HostAgent restart() throws Exception {
    stop();
    faults = FaultPoint.NONE;
    return start();
  }

  /**
   * What a SIGKILL leaves: the journal as it is now, in a directory where a new host finds it. The old host's threads may hang where they
   * are; they belong to the old directory.
   */
  Rig crashed(Path elsewhere) throws IOException {
    Rig heir = new Rig(elsewhere, this);
    Path state = Files.createDirectories(elsewhere.resolve("host"));
    for (String file : new String[] {"journal", "secret", "id"}) {
      if (Files.exists(directory.resolve("host").resolve(file))) {
        Files.copy(directory.resolve("host").resolve(file), state.resolve(file));
      }
    }
    Files.createSymbolicLink(elsewhere.resolve("guest"), directory.resolve("guest"));
    Files.createSymbolicLink(elsewhere.resolve("sim"), directory.resolve("sim"));
    return heir;
  }

  private Rig(Path directory, Rig other) {
    this.directory = directory;
    agent = other.agent;
  }

  /** All that the drivers have made and not removed. */
  Set<String> leftovers() throws IOException {
    Set<String> names = new HashSet<>();
    for (String kind : new String[] {"vms", "disks", "networks", "slots"}) {
      try (Stream<Path> marks = Files.list(directory.resolve("sim").resolve(kind))) {
        marks.forEach(mark -> names.add(kind + "/" + mark.getFileName()));
      }
    }
    return names;
  }

  /** Ends a microVM behind everybody's back. */
  void kill(String capsule) throws IOException {
    Files.delete(directory.resolve("sim/vms").resolve(capsule));
  }

  String journal() throws IOException {
    return Files.readString(directory.resolve("host/journal"));
  }

  static CapsuleOrder order(String id) {
    return order(id, Duration.ZERO);
  }

  static CapsuleOrder order(String id, Duration idle) {
    return new CapsuleOrder(id, "team", "minimal", 1, 64, 0, idle, "root", Map.of("KEY", "very-secret"), false);
  }

  static String output(Processes processes, ProcessSpec spec) throws Exception {
    StringBuilder all = new StringBuilder();
    try (ProcessStream stream = processes.start(spec)) {
      for (var event = stream.next(); event.isPresent(); event = stream.next()) {
        if (event.get() instanceof ProcessEvent.Output output) {
          all.append(new String(output.data()));
        }
      }
    }
    return all.toString();
  }

  /** Waits until that is so. */
  static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("It did not come to: " + what);
      }
      Thread.sleep(2);
    }
  }

  private HostSettings settings() {
    return new HostSettings(directory, "host-test", directory.resolve("guest"), 49_983,
        new HostSettings.Shares(100_000, 10_000, 10_000, 0, 0, 2_000, 0, 64, 20, 64, 50),
        new HostSettings.Limits(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10),
            Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofMillis(20), Duration.ofMillis(200)),
        new HostSettings.Records(Duration.ofMinutes(5), 100, Duration.ofMillis(50)), 16, 16, Duration.ofMillis(20), Duration.ofMillis(300),
        new HostSettings.Sampling(Duration.ofMillis(20), Duration.ofMillis(50), 8, 5),
        new Drivers.Settings(Duration.ofMillis(500), Duration.ofSeconds(5), Duration.ofSeconds(5), Map.of()), HostSettings.Warm.OFF,
        new HostSettings.Memory("AUTO", Duration.ofMillis(50)));
  }

  @Override
  public void close() throws IOException {
    if (host != null) {
      stop();
    }
    agent.close();
  }
}
