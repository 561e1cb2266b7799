package dev.wrenn.snapshot;

import static dev.wrenn.snapshot.PageMap.PAGE;
import static dev.wrenn.snapshot.PageMap.PAGE_SHIFT;

import dev.wrenn.snapshot.SnapshotException.Code;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Which pages a restored microVM touched first, in the order of touch: what a page server serves before it is asked. A hint, no truth:
 * without it, or with that of another run, a restore is only slower.
 *
 * @param memoryBytes the memory that it is of
 * @param ranges at most {@value #MAX_RANGES}, no page in two of them
 */
public record HotSet(long memoryBytes, List<Range> ranges) {
  public static final int MAX_RANGES = 1 << 20;
  private static final long MAGIC = 0x3153_544F_484E_5257L;
  private static final int VERSION = 1;
  private static final int HEADER = 8 + 4 + 4 + 8 + 4;
  private static final int RANGE = 8;
  private static final int CHECK = 4;

  /** Bytes of memory, multiples of the page size. */
  public record Range(long offset, long length) {}

  public HotSet {
    ranges = List.copyOf(ranges);
    if (memoryBytes <= 0 || memoryBytes % PAGE != 0 || memoryBytes >> PAGE_SHIFT > Integer.MAX_VALUE || ranges.size() > MAX_RANGES) {
      throw new IllegalArgumentException(ranges.size() + " ranges of " + memoryBytes + " bytes of memory");
    }
    long end = 0;
    for (Range range : ranges.stream().sorted(Comparator.comparingLong(Range::offset)).toList()) {
      if (range.offset() < end || range.length() <= 0 || (range.offset() | range.length()) % PAGE != 0
          || range.offset() > memoryBytes - range.length()) {
        throw new IllegalArgumentException(range + " is outside the memory, no whole pages, or there twice");
      }
      end = range.offset() + range.length();
    }
  }

  /** Takes down touches as they come, for one thread; a page counts once, neighbours that come one after the other are one range. */
  public static final class Recorder {
    private final long memoryBytes;
    private final BitSet seen = new BitSet();
    private final List<Range> ranges = new ArrayList<>();

    public Recorder(long memoryBytes) {
      this.memoryBytes = memoryBytes;
    }

    /** @return false when the record is full, and nothing more need be told */
    public boolean touched(long offset) {
      long page = offset & -PAGE;
      if (seen.get((int) (page >> PAGE_SHIFT))) {
        return true;
      }
      Range last = ranges.isEmpty() ? null : ranges.getLast();
      if (last != null && last.offset() + last.length() == page) {
        ranges.set(ranges.size() - 1, new Range(last.offset(), last.length() + PAGE));
      } else if (ranges.size() == MAX_RANGES) {
        return false;
      } else {
        ranges.add(new Range(page, PAGE));
      }
      seen.set((int) (page >> PAGE_SHIFT));
      return true;
    }

    public HotSet recorded() {
      return new HotSet(memoryBytes, ranges);
    }
  }

  /** The documented format. */
  public ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(HEADER + RANGE * ranges.size() + CHECK).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC).putInt(VERSION).putInt(PAGE).putLong(memoryBytes).putInt(ranges.size());
    ranges.forEach(range -> out.putInt((int) (range.offset() >> PAGE_SHIFT)).putInt((int) (range.length() >> PAGE_SHIFT)));
    return out.putInt(crc(out, out.position())).flip();
  }

  /** @throws SnapshotException {@code CORRUPT} or {@code UNSUPPORTED}; nothing else, whatever the bytes are */
  public static HotSet decode(ByteBuffer encoded) throws SnapshotException {
    ByteBuffer in = encoded.slice().order(ByteOrder.LITTLE_ENDIAN);
    check(in.remaining() >= HEADER + CHECK && in.getLong() == MAGIC, "it is no hot set");
    int version = in.getInt();
    if (version != VERSION) {
      throw new SnapshotException(Code.UNSUPPORTED, "A hot set has format " + version + "; this version knows " + VERSION);
    }
    check(crc(in, in.limit() - CHECK) == in.getInt(in.limit() - CHECK), "its checksum is wrong");
    check(in.getInt() == PAGE, "its pages are not of " + PAGE + " bytes");
    long memoryBytes = in.getLong();
    int count = in.getInt();
    check(count >= 0 && HEADER + (long) RANGE * count + CHECK == in.limit(), "its length is wrong");
    List<Range> ranges = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ranges.add(new Range((long) in.getInt() << PAGE_SHIFT, (long) in.getInt() << PAGE_SHIFT));
    }
    try {
      return new HotSet(memoryBytes, ranges);
    } catch (IllegalArgumentException e) {
      throw new SnapshotException(Code.CORRUPT, "A hot set is damaged: " + e.getMessage(), e);
    }
  }

  private static int crc(ByteBuffer of, int length) {
    CRC32C crc = new CRC32C();
    crc.update(of.duplicate().position(0).limit(length));
    return (int) crc.getValue();
  }

  private static void check(boolean right, String otherwise) throws SnapshotException {
    if (!right) {
      throw new SnapshotException(Code.CORRUPT, "A hot set is damaged: " + otherwise);
    }
  }
}
