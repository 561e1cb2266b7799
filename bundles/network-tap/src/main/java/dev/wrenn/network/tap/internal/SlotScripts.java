package dev.wrenn.network.tap.internal;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/** What the tools are told to make of a slot: few processes, each with all that it can do in one go. */
record SlotScripts(TapSettings settings) {
  private static final int QUEUE_PACKETS = 1000;

  /** For {@code ip -batch} on the host. */
  String host(Slot slot) {
    return """
        netns add %1$s
        link add %2$s type veth peer name %3$s netns %1$s
        addr add %4$s/31 dev %2$s
        link set %2$s up
        """.formatted(slot.name(), slot.hostInterface(), Slot.UPLINK, slot.hostAddress());
  }

  /** For {@code sh -e} in the namespace; {@link #rules} follow on its standard input. Rules come last: nothing runs there yet. */
  String inside(Slot slot) {
    return """
        echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
        echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
        echo 1 > /proc/sys/net/ipv4/ip_forward
        nft -f -
        exec ip -batch - <<SLOT
        link set lo up
        addr add %1$s/31 dev %2$s
        link set %2$s up
        route add default via %3$s
        tuntap add %4$s mode tap group %5$d
        link set %4$s address %6$s txqueuelen %7$d
        addr add %8$s/%9$d dev %4$s
        link set %4$s up
        neigh replace %10$s lladdr %11$s dev %4$s nud permanent
        SLOT
        """.formatted(slot.capsuleAddress(), Slot.UPLINK, slot.hostAddress(), Slot.TAP, settings.group(), Slot.TAP_MAC, QUEUE_PACKETS,
        Slot.GATEWAY, Slot.GUEST_PREFIX, Slot.GUEST, Slot.GUEST_MAC);
  }

  /**
   * The guest is one address, speaks to the outside only, and is spoken to by its host only. This holds even when somebody has
   * just flushed the host's own table. The guest sees its host as its gateway, whatever slot it is in.
   */
  String rules(Slot slot) {
    return """
        table inet %1$s {
          set denied {
            type ipv4_addr
            flags interval
            auto-merge
            elements = { %2$s }
          }
          chain arriving {
            type filter hook prerouting priority mangle; policy accept;
            meta nfproto != ipv4 counter drop
            iifname "%3$s" ip saddr != %4$s counter drop comment "spoofed"
            iifname "%5$s" ct direction original ip saddr != %6$s counter drop comment "not from the host"
          }
          chain to_guest {
            type nat hook prerouting priority dstnat; policy accept;
            iifname "%5$s" ip daddr %7$s dnat ip to %4$s
          }
          chain from_namespace {
            type nat hook postrouting priority srcnat; policy accept;
            oifname "%5$s" snat ip to %7$s
            oifname "%3$s" snat ip to %8$s
          }
          chain through {
            type filter hook forward priority filter; policy drop;
            ct direction reply ct state established,related counter accept
            iifname "%3$s" fib daddr type != unicast counter drop
            iifname "%3$s" ip daddr @denied counter drop comment "private"
            iifname "%3$s" oifname "%5$s" counter accept
            iifname "%5$s" oifname "%3$s" ct status dnat counter accept
          }
          chain into_namespace {
            type filter hook input priority filter; policy drop;
            counter comment "for the namespace itself"
          }
        }
        """.formatted(Slot.TABLE, ranges(settings.denied()), Slot.TAP, Slot.GUEST, Slot.UPLINK, slot.hostAddress(),
        slot.capsuleAddress(), Slot.GATEWAY);
  }

  /** Tells slots that were made by these scripts with these settings from others. */
  String stamp() {
    Slot any = settings.slot(1);
    CRC32 crc = new CRC32();
    crc.update((host(any) + inside(any) + rules(any)).getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  static String ranges(List<Cidr> denied) {
    return denied.stream().map(Cidr::toString).collect(Collectors.joining(", "));
  }
}
