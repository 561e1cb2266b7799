package dev.wrenn.network.tap.internal;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * The host's one table. It knows interfaces by their pattern, so a slot adds no rule, only its name to a set. Its drops are final
 * whatever other tables accept; what it lets pass, other tables may still drop.
 */
record HostRules(TapSettings settings) {
  static final String EGRESS = "egress";
  private static final String MARK = "wrenn rules ";

  /** Replaces the table, or makes it, in one transaction. */
  String replace(Collection<String> open) {
    return "add table inet %1$s\ndelete table inet %1$s\n%2$s".formatted(settings.prefix(), table(open));
  }

  /** Removes the table, if it is there. */
  String remove() {
    return "add table inet %1$s\ndelete table inet %1$s\n".formatted(settings.prefix());
  }

  /** Lets that interface's capsule out. Adding twice is fine. */
  String open(String hostInterface) {
    return "add element inet %s %s { \"%s\" }\n".formatted(settings.prefix(), EGRESS, hostInterface);
  }

  /** Keeps that interface's capsule in; fine when it was never let out. */
  String close(String hostInterface) {
    return open(hostInterface) + "delete element inet %s %s { \"%s\" }\n".formatted(settings.prefix(), EGRESS, hostInterface);
  }

  /** Stands in the table and tells this text of the rules from that of another version. */
  String mark() {
    CRC32 crc = new CRC32();
    crc.update(chains("").getBytes(StandardCharsets.UTF_8));
    return MARK + Long.toHexString(crc.getValue());
  }

  /** Whether a listing has whole rules of some version, be it ours or not. */
  static boolean isMarked(String listing) {
    return listing.contains(MARK);
  }

  private String table(Collection<String> open) {
    String names = open.stream().sorted().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
    return """
        table inet %1$s {
          set %2$s {
            type ifname
            %3$s
          }
          set denied {
            type ipv4_addr
            flags interval
            auto-merge
            elements = { %4$s }
          }
        %5$s}
        """.formatted(settings.prefix(), EGRESS, names.isEmpty() ? "" : "elements = { " + names + " }",
        SlotScripts.ranges(settings.denied()), chains(mark()));
  }

  private String chains(String mark) {
    return """
          chain arriving {
            type filter hook prerouting priority mangle; policy accept;
            iifname "%1$s" jump from_capsule comment "%4$s"
          }
          chain from_capsule {
            meta nfproto != ipv4 counter drop comment "not IPv4"
            ip saddr != %2$s counter drop comment "spoofed"
            fib saddr . iif oif missing counter drop comment "another slot's address"
            ct direction reply ct state established,related accept
            fib daddr type != unicast counter drop comment "the host or a group"
            ip daddr @denied counter drop comment "private"
            iifname != @%3$s counter drop comment "egress is off"
          }
          chain into_host {
            type filter hook input priority filter - 10; policy accept;
            iifname "%1$s" ct direction reply ct state established,related accept
            iifname "%1$s" counter drop
          }
          chain through_host {
            type filter hook forward priority filter - 10; policy accept;
            iifname "%1$s" oifname "%1$s" counter drop comment "between capsules"
            iifname "%1$s" meta nfproto != ipv4 counter drop
            iifname "%1$s" fib daddr type != unicast counter drop
            iifname "%1$s" ip daddr @denied counter drop comment "private, after translation"
            iifname "%1$s" iifname != @%3$s counter drop comment "egress is off"
            iifname "%1$s" counter accept
            oifname "%1$s" ct direction reply ct state established,related counter accept
            oifname "%1$s" counter drop comment "nothing new from outside"
          }
          chain leaving {
            type nat hook postrouting priority srcnat; policy accept;
            iifname "%1$s" oifname != "%1$s" masquerade
          }
        """.formatted(settings.hostInterfaces(), settings.subnet(), EGRESS, mark);
  }
}
