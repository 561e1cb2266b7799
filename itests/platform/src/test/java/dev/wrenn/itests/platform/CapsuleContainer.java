package dev.wrenn.itests.platform;

import static org.junit.Assert.assertTrue;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import dev.wrenn.process.ProcessEvent;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessSpec;
import dev.wrenn.process.ProcessStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;

/** A distribution in which capsules are made for real. Each test ends those that it made, and nothing of them may be left. */
public abstract class CapsuleContainer extends PlatformContainer {

  protected static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration FIRST_PROBES = Duration.ofSeconds(120);

  @Inject
  protected CapsuleService capsules;
  @Inject
  protected HostService hosts;
  @Inject
  private SignIn signIn;

  protected Caller operator;

  @Override
  protected void prepare(Path data) throws IOException {
    Folders.remove(data);
    super.prepare(data);
    Path guest = Path.of(System.getProperty("wrenn.guest")).toAbsolutePath().normalize();
    assertTrue(guest + " is not there: build the guest first", Files.exists(guest.resolve("kernel")));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Machine.removeGroups(prefix())));
    Files.createSymbolicLink(data.resolve("guest"), guest);
  }

  @Before
  public void theHostTakesCapsules() throws Exception {
    Waiting.untilEmpty(FIRST_PROBES, () -> {
      try {
        operator = signIn.operator();
        return hosts.hosts(operator).stream().anyMatch(HostService.Host::accepting) ? "" : "hosts: " + hosts.hosts(operator);
      } catch (PlatformException notYet) {
        return notYet.getMessage();
      }
    });
  }

  @After
  public void nothingIsLeft() throws Exception {
    for (Capsule capsule : capsules.list(operator, false)) {
      capsules.destroy(operator, capsule.id());
    }
    Waiting.untilEmpty(LIMIT, () -> String.join(", ", new Machine(prefix(), data()).remains()));
  }

  protected Capsule aCapsule() throws PlatformException {
    return capsules.create(operator, new CapsuleService.NewCapsule(Optional.empty(), Optional.empty(), Optional.of(256), Optional.empty(), Optional.empty()),
        Optional.empty());
  }

  /** What a command in a capsule prints; it must succeed. */
  protected String exec(String capsule, String script) throws Exception {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    ProcessSpec spec = ProcessSpec.of("/bin/sh", "-c", script).withTimeLimit(LIMIT);
    try (ProcessStream stream = capsules.processes(operator, capsule).start(spec)) {
      for (Optional<ProcessEvent> event = stream.next(); event.isPresent(); event = stream.next()) {
        if (event.get() instanceof Output bytes) {
          output.write(bytes.data());
        } else if (event.get() instanceof Ended ended) {
          assertTrue(script + ": " + ended + " " + output.toString(StandardCharsets.UTF_8), ended.exitCode() == 0);
        }
      }
    }
    return output.toString(StandardCharsets.UTF_8).strip();
  }
}
