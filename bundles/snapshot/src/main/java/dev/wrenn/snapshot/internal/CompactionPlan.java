package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.PageMap.Layer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which layers of a map are worth merging. Layers that other maps need too are left alone: merging would store them twice.
 *
 * @param garbagePercent own layers may store this much of what is used of them: 150 is one and a half times
 * @param chainLength layers that a map may have
 */
record CompactionPlan(int garbagePercent, int chainLength) {
  CompactionPlan {
    if (garbagePercent <= 100 || chainLength < 2) {
      throw new IllegalArgumentException("garbagePercent is " + garbagePercent + " and must be above 100; chainLength is "
          + chainLength + " and must be at least 2");
    }
  }

  private record Candidate(Layer layer, long live) {
    boolean wastes(int percent) {
      return layer.bytes() > live / 100.0 * percent;
    }
  }

  /** The layers to merge into one; empty when it doesn't pay. */
  Set<Digest> choose(PageMap map, Predicate<Digest> shared) {
    List<Candidate> own = own(map, shared);
    Set<Digest> chosen = new HashSet<>();
    long stored = own.stream().mapToLong(each -> each.layer().bytes()).sum();
    long live = own.stream().mapToLong(Candidate::live).sum();
    if (stored > live / 100.0 * garbagePercent) {
      own.stream().filter(each -> each.wastes(garbagePercent)).forEach(each -> chosen.add(each.layer().name()));
    }
    int left = map.layers().size() - Math.max(0, chosen.size() - 1);
    if (left > chainLength) {
      // Down to half, the cheapest first, so that it is not due again after the next capture.
      int wanted = map.layers().size() - Math.max(1, chainLength / 2) + 1;
      own.stream().limit(wanted).forEach(each -> chosen.add(each.layer().name()));
      return chosen.size() > 1 ? chosen : Set.of();
    }
    return chosen;
  }

  private static List<Candidate> own(PageMap map, Predicate<Digest> shared) {
    long[] live = map.liveBytes();
    List<Candidate> own = new ArrayList<>();
    for (int i = 0; i < live.length; i++) {
      if (!shared.test(map.layers().get(i).name())) {
        own.add(new Candidate(map.layers().get(i), live[i]));
      }
    }
    own.sort(Comparator.comparingLong(Candidate::live));
    return own;
  }
}
