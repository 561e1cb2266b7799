package dev.wrenn.hostagent.internal.drivers;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The drivers that are here now, what their probes found, and which of them new capsules get. Thread-safe. */
public final class Drivers {
  private static final Logger LOG = LoggerFactory.getLogger(Drivers.class);

  /**
   * @param comeBack how long a call waits for a driver that isn't here
   * @param firstProbe how long a create waits for drivers that were never probed
   * @param probe longest time of a probe in the background
   * @param preferred names of drivers by kind that come first if they are usable
   */
  public record Settings(Duration comeBack, Duration firstProbe, Duration probe, Map<String, String> preferred) {}

  /** Told on the thread that brings or takes a driver; must be quick. */
  public interface Listener {
    void came(Kind<?, ?> kind, String name);

    void went(Kind<?, ?> kind, Driver driver);
  }

  private final Settings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private List<DriverEntry<?>> entries = List.of();
  private long arrivals;

  public Drivers(Settings settings) {
    this.settings = settings;
  }

  public void listen(Listener listener) {
    listeners.add(listener);
  }

  public <D extends Driver> void add(Kind<D, ?> kind, D driver, int ranking) {
    DriverEntry<D> entry;
    lock.lock();
    try {
      entry = new DriverEntry<>(kind, driver, driver.name(), ranking, ++arrivals, Optional.empty());
      List<DriverEntry<?>> next = new ArrayList<>(entries);
      next.add(entry);
      entries = List.copyOf(next);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    LOG.info("Driver {} '{}' {} came", kind, entry.name(), driver.version());
    listeners.forEach(listener -> listener.came(kind, entry.name()));
    Thread.ofVirtual().name("probe-" + kind + "-" + entry.name()).start(() -> probeFirst(entry));
  }

  public void remove(Kind<?, ?> kind, Driver driver) {
    String name = null;
    lock.lock();
    try {
      List<DriverEntry<?>> next = new ArrayList<>(entries);
      for (DriverEntry<?> entry : entries) {
        if (entry.driver() == driver) {
          next.remove(entry);
          name = entry.name();
        }
      }
      entries = List.copyOf(next);
    } finally {
      lock.unlock();
    }
    if (name == null) {
      return;
    }
    LOG.info("Driver {} '{}' went", kind, name);
    listeners.forEach(listener -> listener.went(kind, driver));
    if (find(kind, name).isPresent()) {
      String successor = name;
      listeners.forEach(listener -> listener.came(kind, successor));
    }
  }

  /** Whether this very driver is here. */
  public boolean has(Driver driver) {
    return snapshot().stream().anyMatch(entry -> entry.driver() == driver);
  }

  /** The newest driver of that name, if it is here. */
  @SuppressWarnings("unchecked")
  public <D extends Driver> Optional<DriverEntry<D>> find(Kind<D, ?> kind, String name) {
    DriverEntry<?> found = null;
    for (DriverEntry<?> entry : snapshot()) {
      if (entry.kind() == kind && entry.name().equals(name)
          && (found == null || entry.ranking() > found.ranking() || entry.ranking() == found.ranking() && entry.arrival() > found.arrival())) {
        found = entry;
      }
    }
    return Optional.ofNullable((DriverEntry<D>) found);
  }

  /** The driver of that name, waiting a bounded time for it. @throws HostException {@code UNAVAILABLE} */
  public <D extends Driver> D need(Kind<D, ?> kind, String name, Deadline within) throws HostException {
    return await(() -> find(kind, name), within.limitedTo(settings.comeBack()), kind.step())
        .orElseThrow(() -> new HostException(Code.UNAVAILABLE, kind.step(), "The " + kind + " driver '" + name
            + "' is not here: start its bundle, or wait until it is updated, and ask again"))
        .driver();
  }

  /** The drivers that a new capsule gets. @throws HostException {@code UNAVAILABLE} saying what is missing and what was found */
  public Trio choose(Deadline within) throws HostException {
    await(() -> Optional.of(this).filter(Drivers::probed), within.limitedTo(settings.firstProbe()), "drivers");
    List<String> gaps = new ArrayList<>();
    for (var hypervisor : usable(Kind.HYPERVISOR)) {
      for (var storage : usable(Kind.STORAGE)) {
        for (var network : usable(Kind.NETWORK)) {
          Trio trio = new Trio(hypervisor, storage, network);
          if (trio.fits()) {
            return trio;
          }
          gaps.add(trio.gap());
        }
      }
    }
    List<String> why = problems();
    throw new HostException(Code.UNAVAILABLE, "drivers", why.isEmpty() ? "No drivers fit together: " + String.join("; ", gaps)
        : String.join("; ", why));
  }

  /** Why no capsule could be made, as far as drivers are concerned; empty when one could. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (Kind<?, ?> kind : Kind.ALL) {
      List<DriverEntry<?>> present = snapshot().stream().filter(entry -> entry.kind() == kind).toList();
      if (present.isEmpty()) {
        problems.add("No " + kind + " driver is here: install the feature of one");
      } else if (present.stream().noneMatch(DriverEntry::usable)) {
        problems.add("No usable " + kind + ": " + String.join("; ",
            present.stream().map(entry -> entry.name() + ": " + entry.summary()).toList()));
      }
    }
    return problems;
  }

  public List<DriverEntry<?>> snapshot() {
    lock.lock();
    try {
      return entries;
    } finally {
      lock.unlock();
    }
  }

  /** Of that kind, best first. */
  @SuppressWarnings("unchecked")
  public <D extends Driver> List<DriverEntry<D>> ordered(Kind<D, ?> kind) {
    String first = settings.preferred().getOrDefault(kind.name(), "");
    return snapshot().stream().filter(entry -> entry.kind() == kind)
        .sorted(java.util.Comparator.<DriverEntry<?>, Boolean>comparing(entry -> !(entry.usable() && entry.name().equals(first)))
            .thenComparing(DriverEntry.BY_PREFERENCE))
        .map(entry -> (DriverEntry<D>) entry).toList();
  }

  /** Has a driver probe now. @throws HostException {@code NOT_FOUND}, {@code TIMEOUT}, {@code FAILED} */
  public DriverEntry<?> probe(String kindName, String name, Deadline within) throws HostException {
    for (DriverEntry<?> entry : snapshot()) {
      if (entry.kind().name().equals(kindName) && entry.name().equals(name)) {
        try {
          return store(entry, entry.driver().probe(within));
        } catch (DriverException e) {
          throw new HostException(e.code() == DriverException.Code.TIMEOUT ? Code.TIMEOUT : Code.FAILED, "probe", e.getMessage(), e);
        }
      }
    }
    throw new HostException(Code.NOT_FOUND, "probe", "There is no " + kindName + " driver '" + name + "'");
  }

  private <D extends Driver> List<DriverEntry<D>> usable(Kind<D, ?> kind) {
    return ordered(kind).stream().filter(DriverEntry::usable).toList();
  }

  /** Whether a driver of each kind is here and none waits for its first probe. */
  public boolean probed() {
    List<DriverEntry<?>> now = snapshot();
    return Kind.ALL.stream().allMatch(kind -> now.stream().anyMatch(entry -> entry.kind() == kind))
        && now.stream().allMatch(entry -> entry.probe().isPresent());
  }

  private void probeFirst(DriverEntry<?> entry) {
    Probe found;
    try {
      found = entry.driver().probe(Deadline.after(settings.probe()));
    } catch (DriverException | RuntimeException e) {
      LOG.warn("The {} driver '{}' could not be probed", entry.kind(), entry.name(), e);
      found = new Probe(false, "The probe failed: " + e.getMessage() + "; probe it again when that is mended", Map.of());
    }
    LOG.info("Driver {} '{}' is {}usable: {}", entry.kind(), entry.name(), found.usable() ? "" : "not ", found.summary());
    store(entry, found);
  }

  private DriverEntry<?> store(DriverEntry<?> probed, Probe found) {
    lock.lock();
    try {
      entries = entries.stream().<DriverEntry<?>>map(entry -> entry.driver() == probed.driver() ? entry.probed(found) : entry).toList();
      changed.signalAll();
      return probed.probed(found);
    } finally {
      lock.unlock();
    }
  }

  private <T> Optional<T> await(Supplier<Optional<T>> condition, Deadline within, String step) throws HostException {
    lock.lock();
    try {
      while (true) {
        Optional<T> met = condition.get();
        if (met.isPresent() || within.expired()) {
          return met;
        }
        changed.await(within.remaining().toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostException(Code.UNAVAILABLE, step, "Waiting for a driver was broken off", e);
    } finally {
      lock.unlock();
    }
  }
}
