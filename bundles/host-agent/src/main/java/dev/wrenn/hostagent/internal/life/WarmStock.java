package dev.wrenn.hostagent.internal.life;

import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guests that are kept booted: those that a create may go on from now. {@link WarmMaker} fills it. Nothing waits for anything here.
 * Thread-safe.
 */
public final class WarmStock {
  private static final Logger LOG = LoggerFactory.getLogger(WarmStock.class);
  /** How the ids of capsules begin that this host makes for itself. Nobody else gets to see them. */
  private static final String PREFIX = "warm-";
  private static final String READY = PREFIX + "ready-";

  /** @param key of all that it was made from */
  record Kept(String key, Size size, Snapshot saved) {}

  private final WarmDemand demand;
  private final boolean on;
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();
  private final Set<SnapshotId> doubted = ConcurrentHashMap.newKeySet();
  private volatile String making = "";
  private volatile String trouble = "";

  public WarmStock(HostSettings.Warm settings) {
    on = settings.on();
    demand = new WarmDemand(settings);
  }

  /** Whether a capsule is one of this host's own. */
  public static boolean owns(String capsule) {
    return capsule.startsWith(PREFIX);
  }

  static String capsule(String key) {
    return PREFIX + key;
  }

  /** For a guest that is to be ready; never used again, for a capsule that takes it over keeps it. */
  static String readyId() {
    return READY + Long.toHexString(ThreadLocalRandom.current().nextLong(1L << 48, 1L << 52));
  }

  static boolean isReady(String capsule) {
    return capsule.startsWith(READY);
  }

  boolean on() {
    return on;
  }

  WarmDemand demand() {
    return demand;
  }

  /** What a capsule of that size may go on from; it counts as asked for. */
  Optional<Kept> take(Size size, boolean egress, String key) {
    demand.asked(size, egress, Instant.now());
    return kept(key);
  }

  Optional<Kept> kept(String key) {
    return Optional.ofNullable(kept.get(key));
  }

  Set<Kept> all() {
    return Set.copyOf(kept.values());
  }

  /** Nobody gets it any more; it is made anew. */
  void doubt(Kept kept, Exception why) {
    if (this.kept.remove(kept.key(), kept)) {
      doubted.add(kept.saved().id());
      LOG.warn("A capsule could not go on from the booted guest that is kept for {}, and boots instead; that guest is made anew", kept.size(), why);
    }
  }

  void put(Kept kept) {
    this.kept.put(kept.key(), kept);
  }

  void keepOnly(Set<String> keys) {
    kept.keySet().retainAll(keys);
  }

  boolean has(String key) {
    return kept.containsKey(key);
  }

  boolean isDoubted(SnapshotId id) {
    return doubted.contains(id);
  }

  boolean doubts() {
    return !doubted.isEmpty();
  }

  void removed(SnapshotId id) {
    doubted.remove(id);
  }

  void making(Optional<Size> size) {
    making = size.map(Size::toString).orElse("");
  }

  /** Why none can be made; empty when there is nothing to say. */
  void trouble(String words) {
    trouble = words;
  }

  /** For operators. */
  public Map<String, String> facts() {
    if (!on) {
      return Map.of("warm", "off");
    }
    List<String> all = new ArrayList<>(kept.values().stream().map(one -> one.size().toString()).sorted().toList());
    if (!making.isEmpty()) {
      all.add(making + " is being made");
    }
    String words = all.isEmpty() ? "none yet" : String.join(", ", all);
    return trouble.isEmpty() ? Map.of("warm", words) : Map.of("warm", words, "warm_trouble", trouble);
  }
}
