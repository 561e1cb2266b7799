package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Ends another thread's wait in a {@link PollSet}: it is readable from {@link #ring} until {@link #heard}. Any thread. */
public final class WakeUp extends Descriptor {
  private static final int FLAGS = 0x80000 | 0x800;

  private WakeUp(int number) {
    super(number);
  }

  public static WakeUp open() throws IOException {
    MemorySegment state = Native.state();
    try {
      return new WakeUp((int) Native.checked("eventfd", (int) Native.EVENTFD.invokeExact(state, 0, FLAGS), state));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Idempotent; without effect once it is closed. */
  public synchronized void ring() {
    try (Arena arena = Arena.ofConfined()) {
      long ignored = (long) Native.WRITE.invokeExact(Native.state(), number(), arena.allocateFrom(ValueLayout.JAVA_LONG, 1L), 8L);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Waits for who rings just now, lest that goes to another descriptor with the same number. */
  @Override
  public synchronized void close() {
    super.close();
  }

  public void heard() {
    try (Arena arena = Arena.ofConfined()) {
      long ignored = (long) Native.READ.invokeExact(Native.state(), number(), arena.allocate(8, 8), 8L);
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }
}
