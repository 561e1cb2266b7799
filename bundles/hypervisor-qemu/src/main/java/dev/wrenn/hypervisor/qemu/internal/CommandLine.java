package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.NetworkAttachment;
import dev.wrenn.spi.storage.BlockAttachment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** QEMU's arguments for a guest. Every argument is one element: no shell sees them. */
final class CommandLine {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
  // The cache of translated code may grow to 1 GiB by itself, which no limit of a small capsule leaves room for.
  private static final int TRANSLATION_CACHE_MIB = 128;
  private static final int HUGE_PAGE = 2 << 20;
  /** QEMU's name of the disk. */
  static final String DISK = "root";

  private final List<String> argv = new ArrayList<>();
  private final String bus;

  private CommandLine(String machine) {
    this.bus = machine.equals("microvm") ? "device" : "pci";
  }

  /** How an argument ends that names that socket. */
  static String socket(Path path) {
    return ",path=" + escaped(path);
  }

  /** How the process of that id is called; with its socket, it is found by that in a list of processes. */
  static String name(PlanId id) {
    return "wrenn-" + id;
  }

  /** @param privateMemory whether the preloaded library gives the guest its memory; without it QEMU takes its own, which can't be saved */
  static List<String> of(Path binary, Guest guest, CapsuleDirectory directory, boolean privateMemory) {
    CommandLine line = new CommandLine(guest.kernel().machine());
    line.add(binary.toString(), "-name", name(guest.id()), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot");
    line.add("-sandbox", SANDBOX);
    line.machine(guest, privateMemory ? ",memory-backend=ram" : "");
    if (privateMemory) {
      line.add("-object", "memory-backend-file,id=ram,share=on,align=" + HUGE_PAGE + ",size=" + guest.memoryMib() + "M,mem-path="
          + escaped(directory.ram()));
    }
    if (guest.origin().isPresent()) {
      // Its kernel is in its memory; to load it would only cost time, and memory that no other microVM shares.
      line.add("-incoming", "defer");
    } else {
      line.kernel(guest);
    }
    line.control(directory, guest.console());
    guest.root().ifPresent(line::disk);
    guest.network().ifPresent(line::card);
    line.add("-object", "rng-builtin,id=rng", "-device", line.device("virtio-rng", "rng=rng"));
    line.add("-device", line.device("virtio-balloon", "free-page-reporting=on,deflate-on-oom=on"));
    return List.copyOf(line.argv);
  }

  private void machine(Guest guest, String backend) {
    boolean microvm = guest.kernel().machine().equals("microvm");
    String serial = guest.console() ? "on" : "off";
    add("-M", (microvm ? "microvm,rtc=on,acpi=off,isa-serial=" + serial : "q35,usb=off,vmport=off,sata=off,smbus=off") + backend);
    if (guest.accelerator().equals("kvm")) {
      add("-accel", "kvm", "-cpu", "host");
    } else {
      // Processors that are emulated side by side run code of the guest's kernel that another one is just patching, and the kernel panics.
      String threads = guest.vcpus() > 1 ? "thread=single," : "";
      add("-accel", "tcg," + threads + "tb-size=" + TRANSLATION_CACHE_MIB, "-cpu", "max");
    }
    add("-smp", Integer.toString(guest.vcpus()), "-m", guest.memoryMib() + "M");
  }

  private void kernel(Guest guest) {
    add("-kernel", guest.kernel().image().toString(), "-initrd", guest.kernel().initrd().toString());
    add("-append", String.join(" ", guest.words()));
  }

  /** One monitor that calls us when QEMU is ready, and one that stays for whoever comes later. */
  private void control(CapsuleDirectory directory, boolean console) {
    add("-chardev", "socket,id=ready,server=off" + socket(directory.ready()), "-mon", "chardev=ready,mode=control");
    add("-chardev", "socket,id=qmp,server=on,wait=off" + socket(directory.qmp()), "-mon", "chardev=qmp,mode=control");
    if (console) {
      add("-chardev", "socket,id=con,server=off" + socket(directory.console()), "-serial", "chardev:con");
    }
  }

  private void disk(BlockAttachment root) {
    ObjectNode node = JSON.createObjectNode().put("node-name", DISK).put("discard", "unmap");
    switch (root) {
      case BlockAttachment.Qcow2File qcow2 -> file(node.put("driver", "qcow2"), "file", qcow2.file());
      case BlockAttachment.RawFile raw -> file(node.put("driver", "raw"), "file", raw.file());
      case BlockAttachment.BlockDevice block -> file(node.put("driver", "raw"), "host_device", block.device());
    }
    add("-blockdev", node.toString(), "-device", device("virtio-blk", "drive=" + DISK + ",write-cache=on"));
  }

  private static void file(ObjectNode node, String driver, Path path) {
    node.putObject("file").put("driver", driver).put("filename", path.toString()).put("discard", "unmap");
  }

  private void card(NetworkAttachment network) {
    switch (network) {
      case NetworkAttachment.Tap tap -> {
        add("-netdev", "tap,id=net,script=no,downscript=no,vhost=off,ifname=" + tap.device());
        add("-device", device("virtio-net", "netdev=net,mac=" + tap.mac()));
      }
      case NetworkAttachment.UserMode user -> {
        Ipv4 guest = Ipv4.ofCidr(user.guest().cidr());
        String dns = user.guest().dns().stream().filter(guest::sameNetwork).findFirst().map(d -> ",dns=" + d).orElse("");
        add("-netdev", "user,id=net,ipv6=off,net=" + guest.network() + ",host=" + user.guest().gateway() + dns
            + ",restrict=" + (user.egress() ? "off" : "on")
            + ",hostfwd=tcp:127.0.0.1:" + user.hostPort() + "-" + guest.address() + ":" + user.guestPort());
        add("-device", device("virtio-net", "netdev=net,mac=" + user.mac()));
      }
    }
  }

  private String device(String kind, String options) {
    // Without its option ROM a PCI card needs no file, and the guest boots from the kernel that it is given.
    String rom = kind.equals("virtio-net") && bus.equals("pci") ? ",romfile=" : "";
    return kind + "-" + bus + "," + options + rom;
  }

  /** QEMU splits options at commas; a doubled one stands for itself. */
  private static String escaped(Path path) {
    return path.toString().replace(",", ",,");
  }

  private void add(String... arguments) {
    argv.addAll(List.of(arguments));
  }
}
