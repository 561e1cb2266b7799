package dev.wrenn.hypervisor.qemu.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** State of processors and devices, as QEMU's migration carries it. Memory is left out: QEMU takes it for shared. */
final class DeviceState {
  /** The descriptor at which a starting QEMU finds the state file. */
  static final int DESCRIPTOR = 3;

  private static final int LONGEST = 64 << 20;
  private static final int BUFFER = 64 << 10;

  private DeviceState() {}

  /**
   * Lets a frozen QEMU send its state to a socket in its directory.
   *
   * @param ended completes when QEMU ends
   */
  static byte[] of(Qmp qmp, CapsuleDirectory directory, int group, CompletionStage<?> ended, Deadline within) throws DriverException, IOException {
    // One is left when a JVM was killed amid this.
    Files.deleteIfExists(directory.stateSocket());
    try (Ear ear = new Ear(directory.stateSocket(), group)) {
      capabilities(qmp, within);
      qmp.execute("migrate", JsonNodeFactory.instance.objectNode().put("uri", "unix:" + directory.stateSocket()), within);
      try (SocketChannel stream = ear.answer(ended, within)) {
        byte[] state = all(stream, within);
        JsonNode outcome = qmp.execute("query-migrate", within);
        if (!outcome.path("status").asText().equals("completed")) {
          throw DriverException.of(Code.IO, "save", "QEMU did not write the state of " + directory.id() + ": it says "
              + outcome.path("status").asText()).withDetail(outcome.path("error-desc").asText());
        }
        return state;
      }
    }
  }

  private static byte[] all(SocketChannel stream, Deadline within) throws DriverException, IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    while (TimedIo.run(stream, within, "save", () -> stream.read(buffer.clear())) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
      if (all.size() > LONGEST) {
        throw new IOException("QEMU's state has more than " + LONGEST + " bytes: it sends memory, too");
      }
    }
    return all.toByteArray();
  }

  /** Makes a QEMU that waits for a state read it from its descriptor, and waits until it has. A QEMU that can't read it ends. */
  static void into(Qmp qmp, Deadline within) throws DriverException, IOException {
    capabilities(qmp, within);
    // Nobody has to learn where the guest is now: its network is as it was. Else the guest would be made to tell, at the cost of its agent's answer.
    qmp.execute("migrate-set-parameters", JsonNodeFactory.instance.objectNode().put("announce-rounds", 0), within);
    qmp.execute("migrate-incoming", JsonNodeFactory.instance.objectNode().put("uri", "fd:" + DESCRIPTOR), within);
    JsonNode event;
    do {
      event = qmp.awaitEvent(Set.of("MIGRATION"), within).path("data");
    } while (!Set.of("completed", "failed").contains(event.path("status").asText()));
    if (event.path("status").asText().equals("failed")) {
      throw new IOException("QEMU could not read the saved state");
    }
  }

  private static void capabilities(Qmp qmp, Deadline within) throws DriverException, IOException {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    for (String name : Set.of("x-ignore-shared", "events")) {
      arguments.withArray("capabilities").addObject().put("capability", name).put("state", true);
    }
    qmp.execute("migrate-set-capabilities", arguments, within);
  }

  /** Where the first save of a freeze is kept: QEMU tells its state once only until it has gone on. */
  static Path kept(CapsuleDirectory directory) {
    return directory.path().resolve("state");
  }
}
