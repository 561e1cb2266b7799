package dev.wrenn.hostagent.internal.machine;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostException.Code;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The host's books of what capsules may take. Thread-safe. */
public final class Admission {
  /**
   * What may be given away in all.
   *
   * @param diskFreeMib what is really free now, beyond the reserve
   */
  public record Capacity(int cpus, long memoryMib, long diskMib, long diskFreeMib, int capsules) {}

  /** What one capsule takes. */
  public record Share(int cpus, long memoryMib, long diskMib) {}

  private final Map<String, Share> shares = new HashMap<>();
  /** What is given up as soon as a capsule needs the room. */
  private final Map<String, Share> lent = new HashMap<>();
  private int cpus;
  private long memoryMib;
  private long diskMib;

  /** Looks whether there is room for a capsule, and writes nothing. @throws HostException {@code NO_CAPACITY} saying what is missing */
  public synchronized void check(String id, Share share, Capacity capacity) throws HostException {
    check(id, List.copyOf(lent.values()), share, capacity);
  }

  private void check(String id, Collection<Share> others, Share share, Capacity capacity) throws HostException {
    List<String> missing = new ArrayList<>();
    check(missing, "processors", share.cpus(), capacity.cpus() - (long) cpus - others.stream().mapToInt(Share::cpus).sum(), capacity.cpus(), "");
    check(missing, "memory", share.memoryMib(), capacity.memoryMib() - memoryMib - others.stream().mapToLong(Share::memoryMib).sum(),
        capacity.memoryMib(), " MiB");
    check(missing, "disk", share.diskMib(), capacity.diskMib() - diskMib - others.stream().mapToLong(Share::diskMib).sum(), capacity.diskMib(), " MiB");
    if (capacity.diskFreeMib() <= 0) {
      missing.add("the file system is full up to its reserve: delete paused capsules or templates that nobody needs, or other files");
    }
    check(missing, "capsules", 1, capacity.capsules() - (long) shares.size() - others.size(), capacity.capsules(), "");
    if (!missing.isEmpty()) {
      throw new HostException(Code.NO_CAPACITY, "admission", "No room for " + id + ": " + String.join("; ", missing));
    }
  }

  /** Writes a capsule into the books: as {@link #replace} of nothing. */
  public boolean reserve(String id, Share share, Capacity capacity) throws HostException {
    return replace("", id, share, capacity);
  }

  /**
   * Writes a capsule into the books in the place of what was lent, which may be nothing. What else is lent is in nobody's way.
   *
   * @return whether there is room for all that is lent still
   * @throws HostException {@code NO_CAPACITY} saying what is missing; all is as before
   */
  public synchronized boolean replace(String former, String id, Share share, Capacity capacity) throws HostException {
    check(id, List.of(), share, capacity);
    lent.remove(former);
    enter(id, share);
    long cpu = cpus + lent.values().stream().mapToLong(Share::cpus).sum();
    long disk = diskMib + lent.values().stream().mapToLong(Share::diskMib).sum();
    return lent.isEmpty() || cpu <= capacity.cpus() && memoryMib + lentMib() <= capacity.memoryMib() && disk <= capacity.diskMib()
        && shares.size() + lent.size() <= capacity.capsules();
  }

  /** Writes down what is there for as long as no capsule needs the room. @throws HostException {@code NO_CAPACITY} saying what is missing */
  public synchronized void lend(String id, Share share, Capacity capacity) throws HostException {
    check(id, share, capacity);
    lent.put(id, share);
  }

  /** Memory that is lent, MiB. */
  public synchronized long lentMib() {
    return lent.values().stream().mapToLong(Share::memoryMib).sum();
  }

  /** Writes a capsule that is there already into the books, whether there is room or not. */
  public synchronized void enter(String id, Share share) {
    release(id);
    shares.put(id, share);
    cpus += share.cpus();
    memoryMib += share.memoryMib();
    diskMib += share.diskMib();
  }

  /** Strikes a capsule out. Idempotent. */
  public synchronized void release(String id) {
    lent.remove(id);
    Share share = shares.remove(id);
    if (share != null) {
      cpus -= share.cpus();
      memoryMib -= share.memoryMib();
      diskMib -= share.diskMib();
    }
  }

  /** All that is given away, and to how many; without what is lent. */
  public synchronized Capacity used() {
    return new Capacity(cpus, memoryMib, diskMib, 0, shares.size());
  }

  private static void check(List<String> missing, String what, long needed, long free, long total, String unit) {
    if (needed > free) {
      missing.add(what + ": needs " + needed + unit + ", free " + Math.max(0, free) + " of " + total + unit);
    }
  }
}
