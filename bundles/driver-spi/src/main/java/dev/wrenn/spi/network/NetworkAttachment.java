package dev.wrenn.spi.network;

import java.nio.file.Path;
import java.util.List;

/** Names what a hypervisor connects the guest's network card to. Hypervisors declare which variants they take. */
public sealed interface NetworkAttachment {
  /** @return the word by which hypervisors declare it: {@code tap}, {@code user} */
  String variant();

  GuestAddress guest();

  /**
   * A TAP device in a network namespace.
   *
   * @param netns path of the namespace, in which the hypervisor must run
   * @param device name of the TAP device there
   * @param mac address of the guest's card; the same in every capsule, so that a snapshot fits every slot
   * @param group numeric group whose processes may open the device without privileges
   */
  record Tap(Path netns, String device, String mac, int group, GuestAddress guest) implements NetworkAttachment {
    @Override public String variant() {
      return "tap";
    }
  }

  /**
   * The hypervisor's own user-mode network, with one port of the loopback interface forwarded to the agent.
   *
   * @param hostPort port on 127.0.0.1 of this host
   * @param guestPort the agent's port in the guest
   */
  record UserMode(int hostPort, int guestPort, String mac, boolean egress, GuestAddress guest) implements NetworkAttachment {
    @Override public String variant() {
      return "user";
    }
  }

  /**
   * How the guest sets up its card.
   *
   * @param cidr address and prefix length: {@code 169.254.0.21/30}
   * @param gateway default route
   * @param dns resolvers, in order
   */
  record GuestAddress(String cidr, String gateway, List<String> dns) {}
}
