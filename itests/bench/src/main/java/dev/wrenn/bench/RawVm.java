package dev.wrenn.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * QEMU by itself: the same kernel, initrd, image and devices as a capsule's, on a TAP device in a namespace that stands ready. Its agent
 * takes the token of the benchmark.
 */
final class RawVm implements AutoCloseable {
  private static final String NETNS = "wrawbench";
  private static final String ADDRESS = "10.216.255.1";
  private final Path work;
  private final Path guest = Path.of(System.getProperty("wrenn.guest")).toAbsolutePath();
  private final Properties kernel = new Properties();
  private Process process;

  RawVm(Path work) throws IOException, InterruptedException {
    this.work = Files.createDirectories(work);
    try (InputStream in = Files.newInputStream(guest.resolve("kernel/kernel.properties"))) {
      kernel.load(in);
    }
    network();
  }

  static String address() {
    return ADDRESS;
  }

  private static void network() throws IOException, InterruptedException {
    sh("ip netns del " + NETNS + " 2>/dev/null; true");
    sh("set -e; ip netns add " + NETNS + "; ip link add wrawb0 type veth peer name eth0 netns " + NETNS
        + "; ip addr add 10.216.255.0/31 dev wrawb0; ip link set wrawb0 up; ip -n " + NETNS + " link set lo up; ip -n " + NETNS
        + " addr add " + ADDRESS + "/31 dev eth0; ip -n " + NETNS + " link set eth0 up; ip -n " + NETNS + " tuntap add tap0 mode tap; ip -n "
        + NETNS + " link set tap0 address 02:fc:00:00:00:01; ip -n " + NETNS + " addr add 169.254.0.22/30 dev tap0; ip -n " + NETNS
        + " link set tap0 up; ip -n " + NETNS + " neigh replace 169.254.0.21 lladdr 02:fc:00:00:00:05 dev tap0 nud permanent; ip netns exec "
        + NETNS + " sysctl -qw net.ipv4.ip_forward=1; printf 'table ip nat { chain pre { type nat hook prerouting priority -100; iifname eth0 dnat to "
        + "169.254.0.21; }\\n chain post { type nat hook postrouting priority 100; oifname tap0 masquerade; }\\n}\\n' | ip netns exec " + NETNS + " nft -f -");
  }

  /** A fresh disk; not part of what is timed. */
  void prepare() throws IOException, InterruptedException {
    sh("rm -f " + work + "/disk.qcow2; qemu-img create -q -f qcow2 -F raw -b $(readlink -f " + guest + "/images/minimal/rootfs.ext4) " + work + "/disk.qcow2");
  }

  /** Starts it and returns at the first answer of its agent. */
  void boot() throws IOException, InterruptedException {
    boolean microvm = kernel.getProperty("machine").equals("microvm");
    String bus = microvm ? "device" : "pci";
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", NETNS, "qemu-system-x86_64",
        "-M", microvm ? "microvm,rtc=on,acpi=off" : "q35", "-accel", "tcg", "-cpu", "max", "-m", "256", "-smp", "1", "-nodefaults", "-no-user-config",
        "-display", "none", "-no-reboot", "-kernel", guest.resolve("kernel").resolve(kernel.getProperty("file")).toString(),
        "-initrd", guest.resolve("initrd.cpio").toString(),
        "-append", arguments(),
        "-drive", "id=root,file=" + work + "/disk.qcow2,format=qcow2,if=none,cache=writeback", "-device", "virtio-blk-" + bus + ",drive=root",
        "-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no", "-device", "virtio-net-" + bus + ",netdev=net,mac=02:fc:00:00:00:05",
        "-object", "rng-builtin,id=rng", "-device", "virtio-rng-" + bus + ",rng=rng",
        "-device", "virtio-balloon-" + bus + ",free-page-reporting=on,deflate-on-oom=on"));
    process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(work.resolve("qemu.log").toFile()).start();
    Agent.awaitHealth(ADDRESS, Duration.ofSeconds(30), process);
  }

  private String arguments() throws IOException {
    String emulation = kernel.getProperty("cmdline.emulation", "").replace("@host_tsc_khz@", Long.toString(hostTscKilohertz()));
    return kernel.getProperty("cmdline", "") + " " + emulation + " random.trust_cpu=on wrenn.root=/dev/vda wrenn.ip=169.254.0.21/30 wrenn.gw=169.254.0.22"
        + " wrenn.dns=1.1.1.1 wrenn.hostname=raw wrenn.port=49983 wrenn.token=" + Agent.TOKEN_HASH;
  }

  /** The kernel shows twice the MHz of the time stamp counter as bogomips. */
  private static long hostTscKilohertz() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(l -> l.startsWith("bogomips")).findFirst()
        .map(l -> Math.round(Double.parseDouble(l.substring(l.indexOf(':') + 1).strip()) * 500)).orElseThrow();
  }

  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
      process = null;
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    sh("ip netns del " + NETNS);
  }

  private static void sh(String line) throws IOException, InterruptedException {
    Process shell = new ProcessBuilder("bash", "-c", line).inheritIO().start();
    if (shell.waitFor() != 0) {
      throw new IOException("failed: " + line);
    }
  }
}
