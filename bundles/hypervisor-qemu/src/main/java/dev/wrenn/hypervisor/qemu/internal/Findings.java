package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.wrenn.spi.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a probe found, kept in a file so that a restart of the platform need not boot guests again.
 *
 * @param circumstances what it holds for: QEMU, the probe's kernel, the host's kernel, rights
 */
record Findings(String circumstances, Probe probe) {
  private static final JsonMapper JSON = new JsonMapper();

  /** {@code kvm} or {@code tcg}; empty when neither works. */
  Optional<String> accelerator() {
    return Optional.ofNullable(probe.facts().get("accelerator"));
  }

  /** What the file says, when it is there and holds for these circumstances. */
  static Optional<Findings> read(Path file, String circumstances) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode tree = JSON.readTree(Files.readAllBytes(file));
      Map<String, String> facts = new TreeMap<>();
      tree.path("facts").properties().forEach(fact -> facts.put(fact.getKey(), fact.getValue().asText()));
      Findings findings = new Findings(tree.path("circumstances").asText(),
          new Probe(tree.path("usable").asBoolean(), tree.path("summary").asText(), facts));
      return Optional.of(findings).filter(f -> f.circumstances.equals(circumstances));
    } catch (JsonProcessingException damaged) {
      // It only saves time: without it the probe is made again.
      return Optional.empty();
    }
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, JSON.writeValueAsBytes(Map.of(
        "circumstances", circumstances, "usable", probe.usable(), "summary", probe.summary(), "facts", probe.facts())));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
