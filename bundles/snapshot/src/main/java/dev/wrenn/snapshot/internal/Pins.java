package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which maps and layers this JVM is using right now, beside what manifests and leases say: drafts, open readers, merges. */
final class Pins {
  private final Map<Digest, Integer> counts = new HashMap<>();
  private final Set<Digest> sinceMark = new HashSet<>();

  /** Holds names until it is closed. Pin first, then look whether the file is there: from then on it stays. */
  final class Pin implements AutoCloseable {
    private final List<Digest> held = new ArrayList<>();

    void add(Collection<Digest> names) {
      synchronized (Pins.this) {
        names.forEach(name -> counts.merge(name, 1, Integer::sum));
        sinceMark.addAll(names);
        held.addAll(names);
      }
    }

    void add(Digest name) {
      add(List.of(name));
    }

    @Override
    public void close() {
      synchronized (Pins.this) {
        held.forEach(name -> counts.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1));
        held.clear();
      }
    }
  }

  /** A removal of one file, given only the names that may go. */
  interface Removal {
    void remove(Set<Digest> keep) throws IOException;
  }

  Pin pin() {
    return new Pin();
  }

  /** From here on, what is pinned even for a moment counts until {@link #whileUnchanged}: its reference may have been missed by the count. */
  synchronized void mark() {
    sinceMark.clear();
    sinceMark.addAll(counts.keySet());
  }

  /** Runs while nobody can pin anything. */
  synchronized void whileUnchanged(Removal removal) throws IOException {
    removal.remove(Set.copyOf(sinceMark));
  }

  synchronized boolean isEmpty() {
    return counts.isEmpty();
  }
}
