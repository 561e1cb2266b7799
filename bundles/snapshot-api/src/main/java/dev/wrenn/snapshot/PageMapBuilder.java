package dev.wrenn.snapshot;

import static dev.wrenn.snapshot.PageMap.ZERO;

import dev.wrenn.snapshot.PageMap.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts a map together run by run, from page 0 on, and joins what belongs together. */
final class PageMapBuilder {
  private final int pages;
  private final long generation;
  private final Optional<Digest> parent;
  private final List<Layer> layers = new ArrayList<>();
  private final Map<Digest, Integer> indexes = new HashMap<>();
  private int[] starts = new int[64];
  private int[] layer = new int[64];
  private int[] at = new int[64];
  private int runs;
  private int end;

  PageMapBuilder(int pages, long generation, Optional<Digest> parent) {
    this.pages = pages;
    this.generation = generation;
    this.parent = parent;
  }

  PageMapBuilder zero(int count) {
    add(count, ZERO, 0);
    return this;
  }

  /** @throws IllegalArgumentException when the layer has not that many pages */
  PageMapBuilder stored(Layer from, int page, int count) {
    if (page < 0 || count > from.pages() - page) {
      throw new IllegalArgumentException(count + " pages from page " + page + " on of layer " + from.name().brief() + ", which has " + from.pages());
    }
    add(count, index(from), page);
    return this;
  }

  private int index(Layer from) {
    Integer known = indexes.get(from.name());
    if (known == null) {
      known = layers.size();
      layers.add(from);
      indexes.put(from.name(), known);
    } else if (layers.get(known).pages() != from.pages()) {
      throw new IllegalArgumentException("layer " + from.name().brief() + " has two lengths");
    }
    return known;
  }

  private void add(int count, int of, int page) {
    if (count < 1 || count > pages - end) {
      throw new IllegalArgumentException(count + " pages after page " + end + " of " + pages);
    }
    if (runs == 0 || !joins(of, page)) {
      if (runs == starts.length) {
        starts = Arrays.copyOf(starts, 2 * runs);
        layer = Arrays.copyOf(layer, 2 * runs);
        at = Arrays.copyOf(at, 2 * runs);
      }
      starts[runs] = end;
      layer[runs] = of;
      at[runs++] = page;
    }
    end += count;
  }

  private boolean joins(int of, int page) {
    int last = runs - 1;
    return layer[last] == of && (of == ZERO || at[last] + (end - starts[last]) == page);
  }

  int runs() {
    return runs;
  }

  /** The page that comes next. */
  int end() {
    return end;
  }

  List<Layer> layers() {
    return layers;
  }

  PageMap build() {
    if (end != pages) {
      throw new IllegalArgumentException("the map ends at page " + end + " of " + pages);
    }
    return new PageMap(pages, generation, parent, layers, Arrays.copyOf(starts, runs), Arrays.copyOf(layer, runs), Arrays.copyOf(at, runs));
  }
}
