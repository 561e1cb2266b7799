package dev.wrenn.uffd.pager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.LayerHeader;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
  private static final long MEMORY = 512L << 20;
  private static final long PIECE = 64 << 10;

  /** Reads whole blocks, and keeps count of those that were asked for and not waited for yet. */
  private static final class Disk implements ReadAhead.Stored {
    final BitSet told = new BitSet();
    final BitSet read = new BitSet();

    @Override
    public long ahead(long offset, long length) {
      long bytes = 0;
      for (int block = block(offset); block <= block(offset + length - 1); block++) {
        if (!told.get(block)) {
          told.set(block);
          bytes += LayerHeader.BLOCK;
        }
      }
      return bytes;
    }

    @Override
    public long prepare(long offset, long end) {
      int block = block(offset);
      assertTrue(told.get(block), "the disk is told of block " + block + " before it is waited for");
      read.set(block);
      return Math.min(end, (block + 1L) * LayerHeader.BLOCK);
    }

    long waiting() {
      BitSet waiting = (BitSet) told.clone();
      waiting.andNot(read);
      return (long) waiting.cardinality() * LayerHeader.BLOCK;
    }

    static int block(long offset) {
      return (int) (offset / LayerHeader.BLOCK);
    }
  }

  private static HotSet scattered() {
    List<HotSet.Range> ranges = new ArrayList<>();
    for (long at = 0; at < MEMORY; at += LayerHeader.BLOCK / 2) {
      ranges.add(new HotSet.Range(at, PIECE));
    }
    Collections.shuffle(ranges, new Random(1));
    return new HotSet(MEMORY, ranges);
  }

  @Test
  void theDiskIsNeverTooFarAhead() throws Lost {
    Disk disk = new Disk();
    ReadAhead ahead = new ReadAhead(disk, Optional.of(scattered()));
    while (ahead.step()) {
      assertTrue(disk.waiting() <= ReadAhead.WINDOW, disk.waiting() + " bytes wait");
    }
    assertEquals(MEMORY / LayerHeader.BLOCK, disk.read.cardinality());
    assertEquals(disk.read, disk.told);
  }

  @Test
  void itGoesOnByWhatIsPutIn() {
    Disk disk = new Disk();
    HotSet hot = new HotSet(MEMORY, List.of(new HotSet.Range(0, MEMORY)));
    ReadAhead ahead = new ReadAhead(disk, Optional.of(hot));
    for (long done = 0; done <= MEMORY; done += PIECE) {
      ahead.lead(done);
      assertEquals(Math.min(MEMORY, done / LayerHeader.BLOCK * LayerHeader.BLOCK + ReadAhead.WINDOW), (long) disk.told.cardinality() * LayerHeader.BLOCK);
    }
  }

  @Test
  void nothingIsHot() throws Lost {
    Disk disk = new Disk();
    ReadAhead ahead = new ReadAhead(disk, Optional.empty());
    ahead.lead(0);
    assertFalse(ahead.step());
    assertTrue(disk.told.isEmpty());
  }
}
