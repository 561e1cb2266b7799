package dev.wrenn.uffd.pager;

import java.util.Comparator;
import java.util.List;

/** Finds places of the image in the hypervisor's process and back. Lookups allocate nothing. */
final class Regions {
  static final int SHIFT = 12;
  private final long[] base;
  private final long[] bytes;
  private final long[] offset;

  /** @throws Lost when two of them overlap, in the process or in the image */
  Regions(List<Region> regions) throws Lost {
    disjoint(regions, Region::base);
    disjoint(regions, Region::offset);
    List<Region> sorted = regions.stream().sorted(Comparator.comparingLong(Region::offset)).toList();
    base = sorted.stream().mapToLong(Region::base).toArray();
    bytes = sorted.stream().mapToLong(Region::bytes).toArray();
    offset = sorted.stream().mapToLong(Region::offset).toArray();
  }

  private static void disjoint(List<Region> regions, java.util.function.ToLongFunction<Region> by) throws Lost {
    long end = 0;
    for (Region region : regions.stream().sorted(Comparator.comparingLong(by)).toList()) {
      if (by.applyAsLong(region) < end) {
        throw new Lost("the hypervisor describes regions that overlap: " + region);
      }
      end = by.applyAsLong(region) + region.bytes();
    }
  }

  int count() {
    return base.length;
  }

  long base(int region) {
    return base[region];
  }

  long bytes(int region) {
    return bytes[region];
  }

  /** The region that has this address of the process; −1 when none has. */
  int at(long address) {
    for (int i = 0; i < base.length; i++) {
      if (address - base[i] >= 0 && address - base[i] < bytes[i]) {
        return i;
      }
    }
    return -1;
  }

  /** The region that has this page of the image; −1 when none has. */
  int of(int page) {
    long wanted = (long) page << SHIFT;
    for (int i = 0; i < base.length; i++) {
      if (wanted - offset[i] >= 0 && wanted - offset[i] < bytes[i]) {
        return i;
      }
    }
    return -1;
  }

  int page(int region, long address) {
    return (int) (address - base[region] + offset[region] >> SHIFT);
  }

  long address(int region, int page) {
    return ((long) page << SHIFT) - offset[region] + base[region];
  }

  int firstPage(int region) {
    return (int) (offset[region] >> SHIFT);
  }

  int endPage(int region) {
    return (int) (offset[region] + bytes[region] >> SHIFT);
  }
}
