package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What this driver works with: its configuration and the rights that it has.
 *
 * @param confined whether microVMs get a user, namespaces, a root file system and a control group of their own, which takes root
 */
public record Settings(
    String version, Path directory, Optional<Path> binary, String binaryName, String accelerator, Path probeGuest, Duration probeLimit,
    int uidBase, int uidCount, Cgroups cgroups, boolean confined) {

  static Settings of(QemuConfig config, String version) throws IOException {
    return new Settings(version, place(config.directory(), "vms"), find(config.binary()), config.binary(),
        config.accelerator(), place(config.probeKernelDirectory(), "guest"), Duration.ofSeconds(config.probeSeconds()),
        config.uidBase(), config.uidCount(), Cgroups.find(config.parentCgroup()), effectiveUser() == 0);
  }

  private static Path place(String configured, String name) {
    String base = System.getenv().getOrDefault("WRENN_DIR", "/var/lib/wrenn");
    return (configured.isBlank() ? Path.of(base, name) : Path.of(configured)).toAbsolutePath().normalize();
  }

  static int effectiveUser() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static Optional<Path> find(String binary) {
    Stream<Path> places = binary.contains("/") ? Stream.of(Path.of(binary))
        : Arrays.stream((System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/usr/libexec").split(":"))
            .filter(place -> place.startsWith("/")).map(place -> Path.of(place, binary));
    return places.filter(Files::isExecutable).findFirst();
  }
}
