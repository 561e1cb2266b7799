package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.BoundedLog;
import dev.wrenn.linux.Cgroup;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.network.NetworkAttachment;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Starts the program that becomes QEMU: {@code launch} beside this bundle's sources does what can only be done between fork and exec. */
final class Launcher {
  private final Settings settings;
  private final Packed preload;
  private final Packed program;

  Launcher(Settings settings, Packed preload, Packed program) {
    this.settings = settings;
    this.preload = preload;
    this.program = program;
  }

  /**
   * @param user the microVM's own user and group; −1 for this user
   * @return the process that becomes QEMU; it hangs on nothing of this JVM
   */
  Process start(Guest guest, CapsuleDirectory directory, int user, Optional<Cgroup> cgroup, BoundedLog log) throws IOException, DriverException {
    Path binary = settings.binary().orElseThrow(() -> DriverException.of(Code.UNSUPPORTED, "start",
        settings.binaryName() + " is not installed; install QEMU, or set binary of " + QemuHypervisor.PID));
    Path launch = program.file().orElseThrow(() -> DriverException.of(Code.UNSUPPORTED, "start",
        "This bundle was built without the program that starts QEMU; build it with scripts/build.sh"));
    List<String> argv = new ArrayList<>(List.of(launch.toString()));
    Optional<Path> library = preload.file();
    argv.addAll(CommandLine.of(binary, guest, directory, library.isPresent()));
    ProcessBuilder builder = new ProcessBuilder(argv)
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    environment.put("LC_ALL", "C");
    environment.put("WRENN_LOG", log.path().toString());
    environment.put("WRENN_CGROUP", cgroup.map(group -> lines(group.joinFiles())).orElse(""));
    environment.put("WRENN_NETNS", guest.tap().map(NetworkAttachment.Tap::netns).map(Path::toString).orElse(""));
    environment.put("WRENN_PRELOAD", library.map(Path::toString).orElse(""));
    environment.put("WRENN_STATE", guest.origin().map(Origin::state).map(Path::toString).orElse(""));
    environment.put("WRENN_IMAGE", guest.origin().flatMap(Origin::image).map(Path::toString).orElse(""));
    if (library.isPresent()) {
      makeRam(guest, directory);
      environment.put("WRENN_RAM", directory.ram().toString());
    }
    guest.origin().flatMap(Origin::image).ifPresent(image -> environment.put("WRENN_RAM_IMAGE", Integer.toString(Origin.DESCRIPTOR)));
    guest.origin().flatMap(Origin::server).ifPresent(socket -> environment.put("WRENN_RAM_SERVER", socket.toString()));
    if (user >= 0) {
      give(guest, directory, user);
      environment.put("WRENN_ROOT", directory.root().toString());
      environment.put("WRENN_BINDS", lines(binds(guest, directory)));
      environment.put("WRENN_DEVICES", lines(devices(guest)));
      environment.put("WRENN_UID", Integer.toString(user));
      environment.put("WRENN_GROUPS", guest.tap().map(tap -> Integer.toString(tap.group())).orElse(""));
    }
    return builder.start();
  }

  private static void makeRam(Guest guest, CapsuleDirectory directory) throws IOException {
    Files.createFile(directory.ram(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (RandomAccessFile ram = new RandomAccessFile(directory.ram().toFile(), "rw")) {
      ram.setLength(guest.memoryBytes());
    }
  }

  /** The disk belongs to the microVM alone, so it becomes its user's. */
  private static void give(Guest guest, CapsuleDirectory directory, int user) throws IOException {
    if (guest.ownFile().isPresent()) {
      Files.setAttribute(guest.ownFile().get(), "unix:uid", user);
    }
    if (Files.exists(directory.ram())) {
      Files.setAttribute(directory.ram(), "unix:uid", user);
    }
    if (guest.origin().flatMap(Origin::server).isPresent()) {
      CapsuleDirectory.share(guest.origin().flatMap(Origin::server).get(), user, "rw-rw----");
    }
  }

  private static List<String> binds(Guest guest, CapsuleDirectory directory) {
    Set<String> binds = new LinkedHashSet<>();
    binds.add("rw " + directory.path());
    guest.ownFile().ifPresent(file -> binds.add("rw " + file));
    guest.origin().flatMap(Origin::server).ifPresent(socket -> binds.add("rw " + socket));
    guest.readOnlyFiles().forEach(file -> binds.add("ro " + file));
    return List.copyOf(binds);
  }

  private static List<String> devices(Guest guest) throws IOException {
    List<String> devices = new ArrayList<>(List.of("c 1 3 /dev/null", "c 1 9 /dev/urandom"));
    if (guest.tap().isPresent()) {
      devices.add("c 10 200 /dev/net/tun");
    }
    if (guest.accelerator().equals("kvm")) {
      devices.add("c 10 232 /dev/kvm");
    }
    if (guest.origin().flatMap(Origin::server).isPresent()) {
      devices.add("c " + number(FaultDescriptors.DEVICE) + " " + FaultDescriptors.DEVICE);
    }
    if (guest.ownDevice().isPresent()) {
      devices.add("b " + number(guest.ownDevice().get()) + " " + guest.ownDevice().get());
    }
    return devices;
  }

  /** Major and minor number of a device node. */
  private static String number(Path device) throws IOException {
    long number = ((Number) Files.getAttribute(device, "unix:rdev")).longValue();
    long major = number >>> 8 & 0xfff | number >>> 32 & ~0xfffL;
    long minor = number & 0xff | number >>> 12 & ~0xffL;
    return major + " " + minor;
  }

  private static String lines(List<?> items) {
    return String.join("\n", items.stream().map(Object::toString).toList());
  }
}
