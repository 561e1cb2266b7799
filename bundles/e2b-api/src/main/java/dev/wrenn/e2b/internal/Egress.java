package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What clients say about the ways out of a sandbox, and what of it this platform can hold: all or nothing. */
final class Egress {
  private static final List<String> ALL = List.of("0.0.0.0/0", "::/0");

  private Egress() {}

  /**
   * Whether the outside may be reached.
   *
   * @throws NotOffered for rules that would not be held: passing over them would leave a way open that was meant to be closed
   */
  static boolean open(Boolean internet, Requests.Network network) throws NotOffered {
    if (network == null) {
      return !Boolean.FALSE.equals(internet);
    }
    refuse(network.allowOut() != null && !network.allowOut().isEmpty(), "network.allowOut");
    refuse(there(network.rules()), "network.rules");
    refuse(there(network.egressProxy()), "network.egressProxy");
    refuse(there(network.httpsPorts()), "network.httpsPorts");
    refuse(network.maskRequestHost() != null && !network.maskRequestHost().isEmpty(), "network.maskRequestHost");
    List<String> denied = network.denyOut() == null ? List.of() : network.denyOut();
    refuse(!ALL.containsAll(denied), "network.denyOut with single addresses");
    boolean asked = !Boolean.FALSE.equals(internet) && !Boolean.FALSE.equals(network.allowInternetAccess());
    return asked && denied.isEmpty();
  }

  private static void refuse(boolean there, String what) throws NotOffered {
    if (there) {
      throw new NotOffered(what + " is not offered by this platform: the ways out of a sandbox are all open but those to private addresses, or all closed "
          + "(allow_internet_access: false)");
    }
  }

  private static boolean there(JsonNode value) {
    return value != null && !value.isNull() && !(value.isContainerNode() && value.isEmpty());
  }
}
