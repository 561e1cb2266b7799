package dev.wrenn.uffd.internal;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import dev.wrenn.uffd.pager.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A delivery as seen from here. */
final class Delivered implements PagedMemory {
  private final PlanId id;
  private final Pager pager;
  private final MemorySource.Paged source;
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final Discards discards;

  /** What is done besides the question to the pager when a delivery is closed. */
  interface Discards {
    void discard(PlanId id, Deadline within) throws PageServerException;
  }

  Delivered(PlanId id, Pager pager, Path socket, long bytes, Discards discards) {
    this.id = id;
    this.pager = pager;
    this.source = new MemorySource.Paged(socket, bytes);
    this.discards = discards;
  }

  Pager pager() {
    return pager;
  }

  /** Whoever hangs on the end may block. */
  void ended(Kind kind, String reason) {
    end.completeAsync(() -> new End(kind, reason), Thread::startVirtualThread);
  }

  @Override
  public PlanId id() {
    return id;
  }

  @Override
  public MemorySource.Paged source() {
    return source;
  }

  @Override
  public CompletionStage<End> end() {
    return end.minimalCompletionStage();
  }

  @Override
  public Stats stats(Deadline within) throws PageServerException {
    Frame told = ask("stats", within);
    try {
      List<Long> histogram = Arrays.stream(told.text("histogram").split(" ")).map(Long::valueOf).toList();
      return new Stats(told.number("faults"), told.number("copied"), told.number("zeroed"), told.number("removed"), told.number("prefetched"),
          told.number("missing"), told.number("raced"), told.number("deferred"), told.number("longest"), histogram);
    } catch (IOException | NumberFormatException e) {
      throw new PageServerException("The page server tells figures of " + id + " that can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public HotSet touched(Deadline within) throws PageServerException {
    try {
      return HotSet.decode(ByteBuffer.wrap(ask("touched", within).body()));
    } catch (PageServerException e) {
      throw e;
    } catch (IOException e) {
      throw new PageServerException("The page server tells pages of " + id + " that can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public Zeros zeros(Deadline within) throws PageServerException {
    Frame told = ask("removed", within);
    return new Zeros(told.text("whole").equals("true"), BitSet.valueOf(told.body()));
  }

  @Override
  public void prefetch(boolean on, Deadline within) throws PageServerException {
    pager.ask(frame("prefetch").with("on", on), within);
  }

  @Override
  public void close(Deadline within) throws PageServerException {
    discards.discard(id, within);
  }

  private Frame ask(String verb, Deadline within) throws PageServerException {
    return pager.ask(frame(verb), within);
  }

  private Frame frame(String verb) {
    return Frame.of(verb).with(Frame.CAPSULE, id);
  }
}
