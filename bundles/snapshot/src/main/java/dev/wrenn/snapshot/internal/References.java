package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who refers to what, counted anew from manifests and leases.
 *
 * @param snapshots the newest of each owner
 * @param maps what manifests and leases name
 * @param leased what leases name
 * @param layers how many different maps need each layer
 * @param unknown what could not be read: while there is something, nobody can say what is not referred to
 */
record References(List<Snapshot> snapshots, Set<Digest> maps, Set<Digest> leased, Map<Digest, Integer> layers, List<String> unknown) {

  static References count(Catalog catalog, Leases leases, Maps stored) throws IOException {
    References found = new References(new ArrayList<>(), new HashSet<>(), new HashSet<>(), new HashMap<>(), new ArrayList<>());
    for (SnapshotId id : catalog.ids()) {
      try {
        Snapshot snapshot = catalog.read(id);
        found.snapshots.removeIf(older -> older.id().kind() == id.kind() && older.id().owner().equals(id.owner()));
        found.snapshots.add(snapshot);
        found.add(snapshot.manifest().memory().map(), snapshot.manifest().memory().layers());
      } catch (SnapshotException e) {
        found.note(e);
      }
    }
    for (Set<Digest> names : leases.all().values()) {
      for (Digest name : names) {
        found.leased.add(name);
        found.addLeased(name, stored);
      }
    }
    return found;
  }

  private void addLeased(Digest name, Maps stored) {
    if (!maps.contains(name)) {
      try {
        add(name, stored.read(name).map().layers());
      } catch (SnapshotException e) {
        note(e);
      }
    }
  }

  private void add(Digest map, List<PageMap.Layer> needed) {
    if (maps.add(map)) {
      needed.forEach(layer -> layers.merge(layer.name(), 1, Integer::sum));
    }
  }

  /** A snapshot that was removed between being listed and being read is no riddle. */
  private void note(SnapshotException e) {
    if (e.code() != SnapshotException.Code.NOT_FOUND) {
      unknown.add(e.getMessage());
    }
  }
}
