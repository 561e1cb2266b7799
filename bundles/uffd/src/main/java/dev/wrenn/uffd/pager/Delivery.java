package dev.wrenn.uffd.pager;

import dev.wrenn.linux.fault.FaultDescriptor;
import dev.wrenn.linux.fault.FaultEvents;
import dev.wrenn.linux.fault.PollSet;
import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.SnapshotException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Delivers one microVM's memory, by one thread: reads all that has happened, applies what was given back, serves faults, tries again later what
 * can't be served yet, and when nobody waits puts in what will be needed. Allocates nothing on the way of a fault.
 */
final class Delivery {
  /** Of the {@link PollSet}: the fault descriptor, the connection, the process, the bell. */
  static final int FAULTS = 0;
  static final int PEER = 1;
  static final int PROCESS = 2;
  private static final int EVENTS = 256;
  private static final int REST_PAGES = 64;
  private static final long PAGE = 1L << Regions.SHIFT;
  private static final long NO_ROOM_NANOS = 10_000_000_000L;

  enum Outcome { COMPLETE, LEFT, CLOSED }

  private final FaultDescriptor descriptor;
  private final Regions regions;
  private final Source source;
  private final PageMap map;
  private final PageStates states;
  private final Counters counters;
  private final Touched touched;
  private final Prefetch prefetch;
  private final ReadAhead readAhead;
  private final int around;
  private final FaultEvents events = new FaultEvents(EVENTS);
  private final FaultQueue queue = new FaultQueue();
  private volatile boolean rest;
  private long noRoomSince;
  private boolean left;

  /** @param around pages that are put in at once at most when one is asked for, a power of two; @param rest whether all is delivered at last */
  Delivery(FaultDescriptor descriptor, Regions regions, Source source, PageStates states, Counters counters, Touched touched,
      Optional<HotSet> first, ReadAhead readAhead, int around, boolean rest) {
    this.descriptor = descriptor;
    this.regions = regions;
    this.source = source;
    this.map = source.map();
    this.states = states;
    this.counters = counters;
    this.touched = touched;
    this.prefetch = new Prefetch(first);
    this.readAhead = readAhead;
    this.around = around;
    this.rest = rest;
    int end = 0;
    for (int region = 0; region < regions.count(); region++) {
      states.settle(end, regions.firstPage(region));
      end = regions.endPage(region);
    }
    states.settle(end, states.pages());
  }

  void rest(boolean on) {
    rest = on;
  }

  /** @param bell does what was asked for meanwhile; true ends the delivery */
  Outcome run(PollSet poll, BooleanSupplier bell) throws Lost {
    while (true) {
      boolean something = poll.await(patience());
      if (bell.getAsBoolean()) {
        return Outcome.CLOSED;
      }
      if (poll.is(PEER, PollSet.GONE) || poll.is(PROCESS, PollSet.READABLE)) {
        return Outcome.LEFT;
      }
      long began = System.nanoTime();
      readEvents();
      serveFaults(began);
      if (queue.count() == 0 && !left) {
        ahead(something);
      }
      if (left) {
        return Outcome.LEFT;
      }
      if (states.open() == 0 && queue.count() == 0) {
        leave(poll);
        return Outcome.COMPLETE;
      }
    }
  }

  /** With hot pages to come only a glance; with others a moment in which the guest may ask; else until something happens. */
  private int patience() {
    if (prefetch.hot() && queue.count() == 0) {
      return 0;
    }
    return queue.count() > 0 || rest ? 1 : -1;
  }

  private void readEvents() throws Lost {
    while (true) {
      int count = descriptor.read(events);
      if (count < 0) {
        throw new Lost("the kernel tells nothing more of faults (errno " + -count + ")");
      }
      for (int i = 0; i < count; i++) {
        event(i);
      }
      if (count < EVENTS) {
        return;
      }
    }
  }

  private void event(int index) throws Lost {
    switch (events.kind(index)) {
      case FaultEvents.FAULT -> queue.add(events.address(index));
      case FaultEvents.REMOVE, FaultEvents.UNMAP -> {
        counters.removed++;
        removed(events.start(index), events.end(index));
      }
      case FaultEvents.FORK -> events.drop(index);
      default -> throw new Lost("the hypervisor moved its memory, which is not served (event " + events.kind(index) + ")");
    }
  }

  private void removed(long start, long end) {
    for (int region = 0; region < regions.count(); region++) {
      long from = Math.max(start, regions.base(region));
      long to = Math.min(end, regions.base(region) + regions.bytes(region));
      if (from < to) {
        states.remove(regions.page(region, from), regions.page(region, to));
      }
    }
  }

  private void serveFaults(long began) throws Lost {
    int kept = 0;
    for (int i = 0; i < queue.count(); i++) {
      long address = queue.get(i);
      if (serve(address)) {
        counters.served(System.nanoTime() - began);
      } else {
        counters.deferred++;
        queue.set(kept++, address);
      }
    }
    queue.truncate(kept);
  }

  /** @return false when it must be tried again */
  private boolean serve(long address) throws Lost {
    int region = regions.at(address);
    if (region < 0) {
      throw new Lost("the hypervisor asks for memory that it has not described");
    }
    int page = regions.page(region, address);
    int low = Math.max(page & -around, regions.firstPage(region));
    int high = Math.min((page & -around) + around, regions.endPage(region));
    boolean open = states.isOpen(page);
    if (open) {
      int run = map.find((long) page << Regions.SHIFT);
      low = Math.max(low, (int) (map.start(run) >> Regions.SHIFT));
      high = Math.min(high, (int) (map.end(run) >> Regions.SHIFT));
    }
    int from = page;
    while (from > low && same(from - 1, open)) {
      from--;
    }
    int to = page + 1;
    while (to < high && same(to, open)) {
      to++;
    }
    boolean served = put(region, from, to, page, open);
    if (served && open) {
      touched.add(from, to);
    }
    return served;
  }

  private boolean same(int page, boolean open) {
    return open ? states.isOpen(page) : states.isZero(page);
  }

  /**
   * Puts pages of one run, or zeros, in.
   *
   * @param wanted the page that somebody waits for; −1 when nobody does
   * @return whether that one is there
   */
  private boolean put(int region, int from, int to, int wanted, boolean copy) throws Lost {
    for (int at = from; at < to; ) {
      long length = (to - at) * PAGE;
      long done = copy ? descriptor.copy(regions.address(region, at), stored(at, length), length)
          : descriptor.zero(regions.address(region, at), length);
      if (done > 0) {
        int pages = (int) (done >> Regions.SHIFT);
        states.put(at, at + pages);
        if (copy) {
          counters.copied += pages;
        } else {
          counters.zeroed += pages;
        }
        at += pages;
        noRoomSince = 0;
      } else if (-done == FaultDescriptor.EEXIST) {
        descriptor.wake(regions.address(region, at), PAGE);
        states.put(at, at + 1);
        counters.raced++;
        at++;
      } else {
        return refused((int) -done, at > wanted, regions.address(region, at));
      }
    }
    return true;
  }

  /** @param enough whether the page that was asked for is there already */
  private boolean refused(int errno, boolean enough, long address) throws Lost {
    switch (errno) {
      case FaultDescriptor.ESRCH -> left = true;
      // That memory is no more: nobody can wait for it.
      case FaultDescriptor.ENOENT -> states.settle(regions.page(regions.at(address), address), regions.page(regions.at(address), address) + 1);
      case FaultDescriptor.EAGAIN -> {
        return enough;
      }
      case FaultDescriptor.ENOMEM -> {
        long now = System.nanoTime();
        noRoomSince = noRoomSince == 0 ? now : noRoomSince;
        if (now - noRoomSince > NO_ROOM_NANOS) {
          throw new Lost("there has been no memory for its pages for 10 s: the machine's, or the limit of its control group, is used up");
        }
        return enough;
      }
      default -> throw new Lost("the kernel refuses a page with errno " + errno + (errno == 14 ? ": its layer can't be read, see the kernel's log" : ""));
    }
    return true;
  }

  private long stored(int page, long length) throws Lost {
    long offset = (long) page << Regions.SHIFT;
    try {
      return source.address(map.find(offset), offset, length);
    } catch (SnapshotException e) {
      throw new Lost(e.getMessage(), e);
    }
  }

  /** @param busy whether something has happened just now: then all but hot pages wait */
  private void ahead(boolean busy) throws Lost {
    int page = prefetch.nextHot(states);
    if (page >= 0) {
      readAhead.lead(prefetch.hotBytesBefore(page));
      ahead(page, Math.min(prefetch.hotEnd(), page + around));
    } else if (rest && !busy) {
      page = prefetch.next(states);
      if (page >= 0) {
        ahead(page, page + REST_PAGES);
      }
    }
  }

  private void ahead(int page, int most) throws Lost {
    int region = regions.of(page);
    int run = map.find((long) page << Regions.SHIFT);
    int end = Math.min(Math.min(most, regions.endPage(region)), (int) (map.end(run) >> Regions.SHIFT));
    int to = page + 1;
    while (to < end && states.isOpen(to)) {
      to++;
    }
    long before = counters.copied;
    put(region, page, to, -1, true);
    counters.prefetched += counters.copied - before;
  }

  /**
   * The microVM has its memory. A removal that began before is waited for by nobody else, so this goes on reading until the kernel says that
   * none is under way: a page can't be put into memory that is not registered, but while one is, the kernel says that first.
   */
  private void leave(PollSet poll) throws Lost {
    for (int region = 0; region < regions.count(); region++) {
      int result = descriptor.unregister(regions.base(region), regions.bytes(region));
      if (result < 0 && result != -FaultDescriptor.ESRCH) {
        throw new Lost("its memory is delivered, but the kernel does not let go of it (errno " + -result + ")");
      }
    }
    for (int region = 0; region < regions.count(); region++) {
      while (descriptor.zero(regions.base(region), PAGE) == -FaultDescriptor.EAGAIN) {
        readEvents();
        poll.await(1);
      }
    }
    readEvents();
  }
}
