package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerReader;
import dev.wrenn.snapshot.Changes;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Merges layers of a snapshot: writes what is used of them into a new one, a map over it, and exchanges the manifest. The old layers and
 * map stay for those who read them.
 */
final class Compactor {
  private final Layout layout;
  private final FileWork files;
  private final SmallFiles small;
  private final Maps maps;
  private final Layers layers;
  private final Flats flats;
  private final Catalog catalog;
  private final OwnerLocks locks;

  Compactor(Layout layout, FileWork files, Maps maps, Layers layers, Flats flats, Catalog catalog, OwnerLocks locks) {
    this.layout = layout;
    this.files = files;
    this.small = new SmallFiles(files);
    this.maps = maps;
    this.layers = layers;
    this.flats = flats;
    this.catalog = catalog;
    this.locks = locks;
  }

  /** @return false when the snapshot became another one meanwhile, and all was for nothing */
  boolean merge(Snapshot snapshot, Set<Digest> chosen, Pins pins) throws IOException {
    Digest old = snapshot.manifest().memory().map();
    Path work = layout.work().resolve("merge-" + old.hex());
    small.delete(work);
    Pins.Pin results = pins.pin();
    try {
      Maps.Stored merged = write(old, chosen, work, pins.pin(), results);
      flats.alsoFor(old, merged.name());
      return exchange(snapshot, merged, work);
    } finally {
      results.close();
      small.delete(work);
    }
  }

  private Maps.Stored write(Digest old, Set<Digest> chosen, Path work, Pins.Pin reading, Pins.Pin results) throws IOException {
    reading.add(old);
    try (LayeredImage image = open(old, reading); LayerWriter writer = new LayerWriter(files, work)) {
      Changes moved = copy(image, chosen, writer);
      Optional<PageMap.Layer> layer = writer.finish();
      layers.publish(work, layer, results);
      return maps.write(image.map().restored(moved, layer), work, results);
    }
  }

  private LayeredImage open(Digest map, Pins.Pin reading) throws SnapshotException {
    try {
      return LayeredImage.open(maps.read(map).map(), layout, reading);
    } catch (SnapshotException e) {
      reading.close();
      throw e;
    }
  }

  private static Changes copy(LayeredImage image, Set<Digest> chosen, LayerWriter into) throws IOException {
    PageMap map = image.map();
    Changes moved = new Changes();
    for (int run = 0; run < map.runs(); run++) {
      if (map.layer(run) != PageMap.ZERO && chosen.contains(map.layers().get(map.layer(run)).name())) {
        LayerReader from = image.layer(map.layer(run));
        int count = (int) ((map.end(run) - map.start(run)) / PageMap.PAGE);
        from.check(map.layerOffset(run), map.end(run) - map.start(run));
        moved.stored((int) (map.start(run) / PageMap.PAGE), count, into.pages());
        into.append(from.content(), map.layerOffset(run), count);
      }
    }
    return moved;
  }

  private boolean exchange(Snapshot snapshot, Maps.Stored merged, Path work) throws IOException {
    Manifest old = snapshot.manifest();
    synchronized (locks.of(snapshot.id().owner())) {
      if (!catalog.has(snapshot.id()) || !catalog.read(snapshot.id()).manifest().equals(old)) {
        return false;
      }
      catalog.write(new Manifest(old.id(), old.createdAt(), merged.asMemory(), old.parts(), old.details()), work, snapshot.directory());
      return true;
    }
  }
}
