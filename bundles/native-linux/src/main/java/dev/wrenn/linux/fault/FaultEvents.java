package dev.wrenn.linux.fault;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Room for what a {@link FaultDescriptor} tells at once. For one thread at a time; allocates nothing once it is made. */
public final class FaultEvents {
  /** A page is missing: {@link #address}. */
  public static final int FAULT = 0x12;
  /** The process forked, and a descriptor of the child came: {@link #descriptor}, to be closed. */
  public static final int FORK = 0x13;
  /** Memory has moved. */
  public static final int REMAP = 0x14;
  /** Pages were given back and are zero from now on: {@link #start}, {@link #end}. */
  public static final int REMOVE = 0x15;
  /** Memory is no more: {@link #start}, {@link #end}. */
  public static final int UNMAP = 0x16;
  static final int BYTES = 32;

  private final MemorySegment room;

  /** @param most events at once */
  public FaultEvents(int most) {
    room = Arena.ofAuto().allocate((long) most * BYTES, 8);
  }

  MemorySegment room() {
    return room;
  }

  /** @param index below what was read, as everywhere here */
  public int kind(int index) {
    return room.get(ValueLayout.JAVA_BYTE, (long) index * BYTES) & 0xFF;
  }

  public long address(int index) {
    return room.get(ValueLayout.JAVA_LONG, (long) index * BYTES + 16);
  }

  public int descriptor(int index) {
    return room.get(ValueLayout.JAVA_INT, (long) index * BYTES + 8);
  }

  public long start(int index) {
    return room.get(ValueLayout.JAVA_LONG, (long) index * BYTES + 8);
  }

  /** First byte after it. */
  public long end(int index) {
    return room.get(ValueLayout.JAVA_LONG, (long) index * BYTES + 16);
  }

  /** Closes a descriptor that came with {@link #FORK}. */
  public void drop(int index) {
    Descriptor.close(descriptor(index));
  }
}
