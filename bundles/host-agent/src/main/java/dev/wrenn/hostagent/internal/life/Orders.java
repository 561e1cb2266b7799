package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.journal.CapsuleRecord;
import dev.wrenn.spi.PlanId;
import java.util.regex.Pattern;

/** What an order must be like, whoever gives it. */
final class Orders {
  private static final int ENV_CHARACTERS = 1 << 18;
  private static final Pattern ENV_NAME = Pattern.compile("[^=\\x00]{1,256}");
  private static final Pattern USER = Pattern.compile("[a-zA-Z0-9_.][a-zA-Z0-9_.-]{0,31}");

  private Orders() {}

  /** @throws HostException {@code INVALID} saying what is wrong */
  static void check(CapsuleOrder order) throws HostException {
    try {
      new PlanId(order.id(), 1);
    } catch (IllegalArgumentException e) {
      throw invalid(order, e.getMessage());
    }
    need(order, order.vcpus() >= 1, "needs at least one processor, not " + order.vcpus());
    need(order, order.memoryMib() >= 32, "needs at least 32 MiB of memory, not " + order.memoryMib());
    need(order, order.diskMib() >= 0, "can't have a disk of " + order.diskMib() + " MiB");
    need(order, !order.idleTimeout().isNegative(), "can't have an idle timeout below zero");
    need(order, USER.matcher(order.defaultUser()).matches(), "has a default user that is no user name: '" + order.defaultUser() + "'");
    need(order, order.env().keySet().stream().allMatch(name -> ENV_NAME.matcher(name).matches()), "has a variable with a bad name");
    need(order, order.env().entrySet().stream().mapToLong(entry -> entry.getKey().length() + entry.getValue().length()).sum()
        <= ENV_CHARACTERS, "has variables of more than " + ENV_CHARACTERS + " characters");
  }

  /** @throws HostException when what is there under that id is not what that order asks for, or can't be given */
  static void same(CapsuleRecord there, CapsuleOrder order, String variables) throws HostException {
    String id = order.id();
    if (there.over()) {
      throw new HostException(Code.UNAVAILABLE, "admission", "An earlier capsule " + id + " is still being cleaned up: ask again");
    }
    if (!there.madeBy(order, variables)) {
      throw new HostException(Code.CONFLICT, "admission", "There is a capsule " + id + " already, made by another order");
    }
    if (there.state() == State.PAUSING || there.state() == State.PAUSED || there.state() == State.RESUMING) {
      throw new HostException(Code.WRONG_STATE, "admission", "Capsule " + id + " is " + there.state() + ": resume it");
    }
    if (there.state() == State.STOPPING) {
      throw new HostException(Code.WRONG_STATE, "admission", "Capsule " + id + " is being ended");
    }
  }

  private static void need(CapsuleOrder order, boolean right, String otherwise) throws HostException {
    if (!right) {
      throw invalid(order, otherwise);
    }
  }

  private static HostException invalid(CapsuleOrder order, String why) {
    return new HostException(Code.INVALID, "admission", "Capsule " + order.id() + " " + why);
  }
}
