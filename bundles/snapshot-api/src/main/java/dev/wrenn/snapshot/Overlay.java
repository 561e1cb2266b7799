package dev.wrenn.snapshot;

import static dev.wrenn.snapshot.PageMap.ZERO;

import dev.wrenn.snapshot.PageMap.Layer;
import java.util.Optional;

/** Lays changes over a map: walks both sides once, the change wins, what is left of the lower side is cut to fit. */
final class Overlay {
  private final PageMap below;
  private final PageMapBuilder into;
  private int run;

  private Overlay(PageMap below, PageMapBuilder into) {
    this.below = below;
    this.into = into;
  }

  static PageMap of(PageMap below, Changes changes, Optional<Layer> changed, PageMapBuilder into) {
    Overlay overlay = new Overlay(below, into);
    for (int change = 0; change < changes.runs(); change++) {
      overlay.keepUpTo(changes.start(change));
      if (changes.at(change) == ZERO) {
        into.zero(changes.pages(change));
      } else {
        into.stored(changed.orElseThrow(() -> new IllegalArgumentException("changes are stored in no layer")), changes.at(change), changes.pages(change));
      }
    }
    overlay.keepUpTo(below.pageCount());
    return into.build();
  }

  private void keepUpTo(int page) {
    while (into.end() < page) {
      while (below.endPage(run) <= into.end()) {
        run++;
      }
      int count = Math.min(page, below.endPage(run)) - into.end();
      if (below.layer(run) == ZERO) {
        into.zero(count);
      } else {
        into.stored(below.layers().get(below.layer(run)), below.layerPage(run) + into.end() - below.startPage(run), count);
      }
    }
  }
}
