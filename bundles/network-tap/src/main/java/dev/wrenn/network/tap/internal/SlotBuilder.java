package dev.wrenn.network.tap.internal;

import dev.wrenn.linux.Command;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Makes the operating-system objects of a slot, proves that they are there, and removes them. */
final class SlotBuilder {
  private final SlotScripts scripts;

  SlotBuilder(TapSettings settings) {
    this.scripts = new SlotScripts(settings);
  }

  /** Two processes on the host, three more inside. When it fails the caller removes what there is. */
  void make(Slot slot, Deadline within) throws IOException {
    Command.of("ip", "-batch", "-").reading(scripts.host(slot)).within(within.remaining()).run();
    Path ipv6 = Path.of("/proc/sys/net/ipv6/conf", slot.hostInterface(), "disable_ipv6");
    if (Files.exists(ipv6)) {
      Files.writeString(ipv6, "1");
    }
    inside(slot, scripts.inside(slot)).reading(scripts.rules(slot)).within(within.remaining()).run();
  }

  /** Whether something has the slot's names already, ours or a stranger's. */
  boolean isThere(Slot slot) {
    return Files.exists(slot.netns()) || slot.hasHostInterface();
  }

  /** Whether the slot has its namespace and its way to the host still. Asks no process. */
  boolean stands(Slot slot) throws IOException {
    return isNamespace(slot) && slot.hasHostInterface();
  }

  /** Whether all of the slot is there and is the same as when its inode was noted. */
  boolean isWhole(Slot slot, long inode, Deadline within) throws IOException {
    try {
      if (slot.inode() != inode || !slot.hasHostInterface()) {
        return false;
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    String script = "ip -br link show " + Slot.TAP + " && ip -br addr show " + Slot.UPLINK + " && nft list table inet " + Slot.TABLE;
    Command.Result seen = inside(slot, script).within(within.remaining()).attempt();
    return seen.exit() == 0 && seen.stdout().contains(Slot.TAP_MAC) && seen.stdout().contains(slot.capsuleAddress() + "/31");
  }

  /** Removes what there is of the slots, with one process for all. Nothing there is fine. */
  void remove(Collection<Slot> slots, Deadline within) throws IOException {
    StringBuilder batch = new StringBuilder();
    for (Slot slot : slots) {
      if (slot.hasHostInterface()) {
        batch.append("link del ").append(slot.hostInterface()).append('\n');
      }
      if (isNamespace(slot)) {
        batch.append("netns del ").append(slot.name()).append('\n');
      } else {
        Files.deleteIfExists(slot.netns());
      }
    }
    if (!batch.isEmpty()) {
      Command.Result result = Command.of("ip", "-force", "-batch", "-").reading(batch.toString()).within(within.remaining()).attempt();
      List<String> left = slots.stream().filter(this::isThere).map(Slot::name).toList();
      if (!left.isEmpty()) {
        throw new IOException("ip could not remove " + left + ": " + result.words());
      }
    }
  }

  private static boolean isNamespace(Slot slot) throws IOException {
    try {
      slot.inode();
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Command inside(Slot slot, String script) {
    return Command.of("nsenter", "--net=" + slot.netns(), "sh", "-e", "-c", script);
  }
}
