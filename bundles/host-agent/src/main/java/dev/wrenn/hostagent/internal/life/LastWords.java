package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.process.GuestException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.hypervisor.MicroVm;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** What the kernel and the agent of a capsule have logged: by its console, or else by its agent. */
final class LastWords {
  private static final String STEP = "console";
  private static final int MOST = 1 << 20;
  private static final Duration AGENT_ANSWERS = Duration.ofSeconds(5);

  private final CapsuleLife life;

  LastWords(CapsuleLife life) {
    this.life = life;
  }

  byte[] read(int lastBytes) throws HostException {
    int most = Math.clamp(lastBytes, 1, MOST);
    Optional<byte[]> console = console(most);
    return console.isPresent() ? end(console.get(), most) : ofAgent(most);
  }

  private Optional<byte[]> console(int most) throws HostException {
    Optional<MicroVm> vm = life.parts().vm.object();
    try {
      return vm.isPresent() ? vm.get().console(most) : Optional.empty();
    } catch (DriverException e) {
      throw Reasons.of(STEP, life.id().capsule(), e);
    }
  }

  private byte[] ofAgent(int most) throws HostException {
    Optional<GuestClient> agent = life.agent();
    if (life.state() != State.RUNNING || agent.isEmpty()) {
      throw new HostException(Code.WRONG_STATE, STEP, Reach.ended(life) + (life.state() == State.PAUSED
          ? ", and what it wrote is in its memory: resume it to read that" : ": its agent tells nothing, and its hypervisor keeps no console"));
    }
    try {
      return end(agent.get().log(most, Deadline.after(AGENT_ANSWERS)), most);
    } catch (GuestException e) {
      throw new HostException(Code.UNAVAILABLE, STEP, "Capsule " + life.id().capsule() + " has no console that is kept, and its agent does not tell"
          + " its log: " + e.getMessage(), e);
    }
  }

  private static byte[] end(byte[] all, int most) {
    return all.length <= most ? all : Arrays.copyOfRange(all, all.length - most, all.length);
  }
}
