package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.Snapshots.Tidied;
import java.io.IOException;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One round of tidying: merge where it pays, then remove what nobody needs. One round at a time. */
final class Tidying {
  private static final Logger LOG = LoggerFactory.getLogger(Tidying.class);
  private final CompactionPlan plan;
  private final Catalog catalog;
  private final Leases leases;
  private final Maps maps;
  private final Compactor compactor;
  private final Collector collector;
  private final Pins pins;
  private final LongSupplier spareBytes;

  /** @param spareBytes what may be written now, and leave what running capsules need */
  Tidying(CompactionPlan plan, Catalog catalog, Leases leases, Maps maps, Compactor compactor, Collector collector, Pins pins, LongSupplier spareBytes) {
    this.spareBytes = spareBytes;
    this.plan = plan;
    this.catalog = catalog;
    this.leases = leases;
    this.maps = maps;
    this.compactor = compactor;
    this.collector = collector;
    this.pins = pins;
  }

  synchronized Tidied run() throws IOException {
    int merged = merge(count());
    pins.mark();
    References needed = count();
    if (!needed.unknown().isEmpty()) {
      needed.unknown().forEach(problem -> LOG.error("Nothing is removed as long as this is so: {}", problem));
      return new Tidied(merged, 0, 0);
    }
    Tidied removed = collector.collect(needed, pins);
    return new Tidied(merged, removed.removed(), removed.bytes());
  }

  private static long liveBytes(PageMap memory, Set<Digest> layers) {
    long[] live = memory.liveBytes();
    long sum = 0;
    for (int i = 0; i < live.length; i++) {
      sum += layers.contains(memory.layers().get(i).name()) ? live[i] : 0;
    }
    return sum;
  }

  private References count() throws IOException {
    return References.count(catalog, leases, maps);
  }

  private int merge(References found) throws IOException {
    int merged = 0;
    for (Snapshot snapshot : found.snapshots()) {
      Digest map = snapshot.manifest().memory().map();
      // The next snapshot of a capsule that runs from this one would name its old layers again.
      if (found.leased().contains(map)) {
        continue;
      }
      try {
        PageMap memory = maps.read(map).map();
        Set<Digest> chosen = plan.choose(memory, layer -> found.layers().getOrDefault(layer, 0) > 1);
        if (chosen.isEmpty()) {
          continue;
        }
        if (liveBytes(memory, chosen) > spareBytes.getAsLong()) {
          LOG.warn("{} layers of snapshot {} are not merged now: there is no room to write what is used of them", chosen.size(), snapshot.id());
        } else if (compactor.merge(snapshot, chosen, pins)) {
          merged++;
          LOG.info("{} layers of snapshot {} are one now", chosen.size(), snapshot.id());
        }
      } catch (SnapshotException e) {
        LOG.error("Layers of snapshot {} can't be merged: {}", snapshot.id(), e.getMessage());
      }
    }
    return merged;
  }
}
