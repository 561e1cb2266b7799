package dev.wrenn.hostagent.internal.machine;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.HostSettings.Shares;
import java.io.IOException;
import java.nio.file.Path;

/** What of this machine may be given to capsules. */
public final class Capacity {
  private final Machine machine;
  private final Shares shares;
  private final Path directory;

  public Capacity(Machine machine, HostSettings settings) {
    this.machine = machine;
    shares = settings.shares();
    directory = settings.directory();
  }

  /** Whether the machine itself has so much memory left beyond the reserve now, whatever the books say. */
  public boolean hasFree(long mib) throws HostException {
    try {
      return machine.memoryFreeMib() - shares.memoryReserveMib() >= mib;
    } catch (IOException | NumberFormatException e) {
      throw new HostException(Code.FAILED, "admission", "This machine's free memory can't be read: " + e, e);
    }
  }

  /** @throws HostException {@code FAILED} when the machine can't be read */
  public Admission.Capacity total() throws HostException {
    try {
      long memory = Math.max(0, machine.memoryMib() - shares.memoryReserveMib());
      long disk = Math.max(0, machine.diskTotalMib(directory) - shares.diskReserveMib());
      return new Admission.Capacity((int) Math.min(Integer.MAX_VALUE, machine.processors() * (long) shares.cpuOvercommitPercent() / 100),
          memory * shares.memoryOvercommitPercent() / 100, disk * shares.diskOvercommitPercent() / 100,
          machine.diskFreeMib(directory) - shares.diskReserveMib(), shares.capsules());
    } catch (IOException | NumberFormatException e) {
      throw new HostException(Code.FAILED, "admission", "This machine's size can't be read: " + e, e);
    }
  }
}
