package dev.wrenn.network.tap.internal;

import dev.wrenn.linux.Command;
import dev.wrenn.linux.CommandFailedException;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host as a whole needs before any capsule has a network: the rule table, the route that keeps packets to absent slots
 * on the machine, and forwarding. Made when it is first needed, healed when somebody hurts it.
 */
final class HostGuard {
  private static final Logger LOG = LoggerFactory.getLogger(HostGuard.class);
  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final Path ROUTES = Path.of("/proc/net/route");
  private static final Duration HEALING = Duration.ofSeconds(10);
  private static final int REJECT = 0x200;

  private final TapSettings settings;
  private final HostRules rules;
  private final SlotRegistry registry;
  private String intact = "";
  private Optional<RulesWatch> watch = Optional.empty();
  private boolean closed;

  HostGuard(TapSettings settings, SlotRegistry registry) {
    this.settings = settings;
    this.rules = new HostRules(settings);
    this.registry = registry;
  }

  /** Makes sure that all of it is there. Costs nothing but two small reads while the watch over the rules is to be trusted. */
  synchronized void ensure(Deadline within) throws IOException {
    if (closed) {
      throw new IOException("the driver has been stopped");
    }
    ensureRoute(within);
    if (watch.isEmpty() || !watch.get().isAlive()) {
      watch = Optional.of(RulesWatch.start(settings, this::heal));
    }
    if (!watch.get().isTrusted()) {
      check(within);
    }
    ensureForwarding();
  }

  /** Lets the capsule of that slot out. */
  synchronized void open(Slot slot, Deadline within) throws IOException {
    change(rules.open(slot.hostInterface()), within);
  }

  /** Keeps the capsule of that slot in. */
  synchronized void close(Slot slot, Deadline within) throws IOException {
    change(rules.close(slot.hostInterface()), within);
  }

  /** A table that was hurt this very moment is made anew by what the registry says, which has the change already. */
  private void change(String script, Deadline within) throws IOException {
    try {
      nft(script, within);
    } catch (CommandFailedException e) {
      LOG.debug("Changing table 'inet {}' failed", settings.prefix(), e);
      check(within);
    }
  }

  /** Forgets an interface that is gone. Leaves a table that is not there as it is. */
  synchronized void forget(List<Slot> slots, Deadline within) throws IOException {
    if (slots.isEmpty()) {
      return;
    }
    StringBuilder script = new StringBuilder();
    slots.forEach(slot -> script.append(rules.close(slot.hostInterface())));
    try {
      nft(script.toString(), within);
    } catch (CommandFailedException e) {
      if (list(within).exit() == 0) {
        throw e;
      }
    }
  }

  /** Ends the watch and, when {@code all}, removes the table and the route. Forwarding stays: others may count on it by now. */
  synchronized void close(boolean all, Deadline within) throws IOException {
    closed = true;
    watch.ifPresent(RulesWatch::close);
    watch = Optional.empty();
    if (all) {
      nft(rules.remove(), within);
      if (hasRoute()) {
        Command.of("ip", "route", "del", "unreachable", settings.subnet().toString()).within(within.remaining()).run();
      }
    }
  }

  private synchronized void heal() {
    if (closed) {
      return;
    }
    try {
      check(Deadline.after(HEALING));
    } catch (IOException e) {
      LOG.error("The rules of table 'inet {}' are not intact and could not be mended; the next capsule's start tries again",
          settings.prefix(), e);
    }
  }

  /** Rules of another version of this driver are whole too: two versions that mended each other's would never end. */
  private void check(Deadline within) throws IOException {
    Command.Result listed = list(within);
    boolean there = listed.exit() == 0;
    if (there && !listed.stdout().contains(rules.mark()) && HostRules.isMarked(listed.stdout()) && !intact.isEmpty()) {
      LOG.info("Another version of the driver has taken over table 'inet {}'", settings.prefix());
      return;
    }
    if (there && chains(listed.stdout()).equals(intact) && letsOutWhom(listed.stdout())) {
      return;
    }
    if (!intact.isEmpty()) {
      LOG.warn("Somebody has {} table 'inet {}', which keeps capsules apart; it is made anew", there ? "changed" : "removed",
          settings.prefix());
    }
    nft(rules.replace(open()), within);
    intact = chains(list(within).stdout());
  }

  private boolean letsOutWhom(String listing) throws IOException {
    for (int number : registry.owned()) {
      Optional<Owner> owner = registry.ownerOf(number);
      boolean out = listing.contains('"' + settings.slot(number).hostInterface() + '"');
      if (owner.isPresent() && owner.get().plan().egress() != out) {
        return false;
      }
    }
    return true;
  }

  private List<String> open() throws IOException {
    List<String> open = new ArrayList<>();
    for (int number : registry.all()) {
      if (registry.ownerOf(number).map(owner -> owner.plan().egress()).orElse(!registry.isTaken(number))) {
        open.add(settings.slot(number).hostInterface());
      }
    }
    return open;
  }

  /** A listing without the set of those who may go out, which changes with every capsule. */
  private static String chains(String listing) {
    return listing.replaceFirst("(?s)set " + HostRules.EGRESS + " \\{.*?\\n\\t\\}", "");
  }

  private void ensureForwarding() throws IOException {
    if (!Files.readString(FORWARDING).strip().equals("1")) {
      Files.writeString(FORWARDING, "1\n");
      LOG.info("Turned on net.ipv4.ip_forward: capsules reach the outside through this host");
    }
  }

  private void ensureRoute(Deadline within) throws IOException {
    if (!hasRoute()) {
      Command.of("ip", "route", "replace", "unreachable", settings.subnet().toString()).within(within.remaining()).run();
    }
  }

  private boolean hasRoute() throws IOException {
    String destination = "%08X".formatted(Integer.reverseBytes(settings.subnet().base()));
    for (String line : Files.readAllLines(ROUTES)) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 7 && words[1].equals(destination) && (Integer.parseInt(words[3], 16) & REJECT) != 0) {
        return true;
      }
    }
    return false;
  }

  private Command.Result list(Deadline within) throws IOException {
    return Command.of("nft", "-s", "list", "table", "inet", settings.prefix()).within(within.remaining()).attempt();
  }

  private static void nft(String script, Deadline within) throws IOException {
    Command.of("nft", "-f", "-").reading(script).within(within.remaining()).run();
  }
}
