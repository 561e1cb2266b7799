package dev.wrenn.hypervisor.qemu.internal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IPv4 address in its network.
 *
 * @param address as it is written
 * @param bits its number
 * @param prefix length of the network's part, in bits
 */
record Ipv4(String address, int bits, int prefix) {
  private static final Pattern CIDR = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3})/(\\d{1,2})");

  /** @throws IllegalArgumentException when the text is none */
  static Ipv4 ofCidr(String text) {
    Matcher match = CIDR.matcher(text);
    if (!match.matches() || Integer.parseInt(match.group(2)) > 32) {
      throw new IllegalArgumentException("'" + text + "' is no IPv4 address with a prefix length, like 10.0.2.15/24");
    }
    return new Ipv4(match.group(1), number(match.group(1)), Integer.parseInt(match.group(2)));
  }

  /** The network in the same writing: {@code 10.0.2.0/24}. */
  String network() {
    int net = bits & mask();
    return (net >>> 24) + "." + (net >>> 16 & 255) + "." + (net >>> 8 & 255) + "." + (net & 255) + "/" + prefix;
  }

  boolean sameNetwork(String other) {
    return (number(other) & mask()) == (bits & mask());
  }

  private int mask() {
    return prefix == 0 ? 0 : -1 << 32 - prefix;
  }

  private static int number(String dotted) {
    int number = 0;
    for (String part : dotted.split("\\.")) {
      int octet = Integer.parseInt(part);
      if (octet > 255) {
        throw new IllegalArgumentException("'" + dotted + "' is no IPv4 address");
      }
      number = number << 8 | octet;
    }
    return number;
  }
}
