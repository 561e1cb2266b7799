package dev.wrenn.network.tap.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The driver's settings, checked.
 *
 * @param prefix first part of every name
 * @param subnet two addresses of it for every slot; slot 0 is not used
 * @param poolSize slots that stand ready
 * @param group who may open the TAP devices
 * @param dns resolvers for the guests
 * @param denied ranges that no capsule may reach
 */
record TapSettings(String prefix, Cidr subnet, int poolSize, int group, List<String> dns, List<Cidr> denied) {
  /** What is nobody's business in a capsule: private, shared, local and special ranges, and metadata services outside of them. */
  private static final List<String> ALWAYS_DENIED = List.of(
      "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
      "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4");
  private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9]{0,5}");
  private static final int LONGEST_SUBNET = 29;

  TapSettings {
    if (!PREFIX.matcher(prefix).matches()) {
      throw new IllegalArgumentException("prefix '" + prefix + "' is not of 1 to 6 lower-case letters and digits");
    }
    if (subnet.length() < 8 || subnet.length() > LONGEST_SUBNET) {
      throw new IllegalArgumentException("subnet " + subnet + " is not between /8 and /" + LONGEST_SUBNET);
    }
    if (poolSize < 0 || group < 1) {
      throw new IllegalArgumentException("poolSize " + poolSize + " must not be negative, and group " + group + " not below 1");
    }
    dns = List.copyOf(dns);
    denied = List.copyOf(denied);
  }

  static TapSettings of(TapNetworkConfig config, List<String> hostResolvers) {
    Cidr subnet = Cidr.parse(config.subnet());
    List<Cidr> denied = denied(subnet, words(config.extraDenied()));
    List<String> own = words(config.dns());
    List<String> dns = !own.isEmpty() ? own : Resolvers.reachable(hostResolvers, denied);
    return new TapSettings(config.prefix(), subnet, config.poolSize(), config.group(), dns, denied);
  }

  /** A configuration file gives a list as one text. */
  private static List<String> words(String[] values) {
    return Stream.of(values).flatMap(value -> Stream.of(value.split("[,\\s]+"))).filter(word -> !word.isEmpty()).toList();
  }

  static List<Cidr> denied(Cidr subnet, List<String> extra) {
    List<Cidr> always = Stream.concat(ALWAYS_DENIED.stream(), extra.stream()).map(Cidr::parse).distinct().toList();
    boolean covered = always.stream().anyMatch(range -> range.contains(subnet.base()) && range.length() <= subnet.length());
    return covered ? always : Stream.concat(always.stream(), Stream.of(subnet)).toList();
  }

  /** How many capsules can have a network at once: limited by the addresses, and by the length of interface names. */
  int slots() {
    return Math.min((1 << 31 - subnet.length()) - 1, 99_999);
  }

  /** Also for numbers beyond {@link #slots}: the subnet may have been larger when they were made. */
  Slot slot(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("slot " + number + " is below 1");
    }
    return new Slot(prefix, number, Cidr.text(subnet.base() + 2 * number), Cidr.text(subnet.base() + 2 * number + 1));
  }

  /** Matches every host side interface of this prefix, and no other's: the hyphen is not a character of prefixes. */
  String hostInterfaces() {
    return prefix + "-v*";
  }

  Path stateDirectory() {
    return Path.of("/run", prefix, "net");
  }
}
