package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes and reads this driver's handles. A copy lies in the microVM's directory, so that the same plan finds it without a journal. */
final class VmHandle {
  private static final JsonMapper JSON = new JsonMapper();

  private VmHandle() {}

  /** @param needs what it will need to be restored; empty when it can't be saved */
  static Handle of(Settings settings, Guest guest, Map<String, String> needs, Started started) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("pid", Long.toString(started.pid().pid()));
    facts.put("startTicks", Long.toString(started.pid().startTicks()));
    facts.put("directory", started.directory().path().toString());
    facts.put("qmp", started.directory().qmp().toString());
    facts.put("accelerator", guest.accelerator());
    facts.put("machine", guest.kernel().machine());
    facts.put("kernel", guest.kernel().version());
    facts.put("confined", settings.confined() ? "full" : "seccomp-only");
    facts.putAll(Needs.facts(needs));
    guest.origin().ifPresent(origin -> facts.put("memory", origin.image().or(origin::server).orElseThrow().toString()));
    if (started.user() >= 0) {
      facts.put("uid", Integer.toString(started.user()));
    }
    if (settings.confined() && settings.cgroups().supported()) {
      facts.put("cgroup", settings.cgroups().group(guest.id().toString()).toString());
    }
    guest.tap().ifPresent(tap -> facts.put("netns", tap.netns().toString()));
    return new Handle("hypervisor", QemuHypervisor.NAME, settings.version(), guest.id(), facts);
  }

  /** Only makes a new file: a guest that broke out before the directory was closed to it may have put a link in its place. */
  static void write(CapsuleDirectory directory, Handle handle) throws IOException {
    Files.write(directory.handle(), JSON.writeValueAsBytes(Map.of("driverVersion", handle.driverVersion(), "facts", handle.facts())),
        StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Empty when the start did not come so far. */
  static Optional<Handle> read(CapsuleDirectory directory) throws IOException {
    PlanId id = directory.id();
    if (!Files.exists(directory.handle())) {
      return Optional.empty();
    }
    try {
      Map<String, String> facts = new TreeMap<>();
      var tree = JSON.readTree(Files.readAllBytes(directory.handle()));
      tree.path("facts").properties().forEach(fact -> facts.put(fact.getKey(), fact.getValue().asText()));
      return Optional.of(new Handle("hypervisor", QemuHypervisor.NAME, tree.path("driverVersion").asText(), id, facts));
    } catch (JsonProcessingException half) {
      // Written by a JVM that died meanwhile: as good as not written.
      return Optional.empty();
    }
  }

  static ProcessId process(Handle handle) throws DriverException {
    try {
      return new ProcessId(Long.parseLong(handle.need("pid")), Long.parseLong(handle.need("startTicks")));
    } catch (NumberFormatException e) {
      throw DriverException.of(Code.GONE, "adopt", "The handle of " + handle.id() + " names no process: " + handle.facts(), e);
    }
  }
}
