package dev.wrenn.hostagent.internal;

import dev.wrenn.snapshot.HotSet;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.memory.MemorySource;
import dev.wrenn.uffd.PageServer;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A page server for simulated microVMs: nothing is delivered, but there is a file for each that was opened, which outlives who opened it.
 *
 * @param ends of all deliveries in the order in which they were given away; they end by nobody else
 */
record SimPages(Path directory, long memoryBytes, List<CompletableFuture<PagedMemory.End>> ends) implements PageServer {
  static SimPages at(Path directory, long memoryBytes) throws IOException {
    return new SimPages(Files.createDirectories(directory), memoryBytes, new CopyOnWriteArrayList<>());
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public PagedMemory open(PlanId id, Snapshots.Stored stored, Optional<HotSet> first, Deadline within) throws PageServerException {
    try {
      Files.createFile(file(id));
      return new Memory(id);
    } catch (FileAlreadyExistsException e) {
      throw new PageServerException("The memory of " + id + " was opened before: close that first", e);
    } catch (IOException e) {
      throw new PageServerException(e.toString(), e);
    }
  }

  @Override
  public PagedMemory adopt(PlanId id, Deadline within) {
    return new Memory(id);
  }

  @Override
  public void discard(PlanId id, Deadline within) throws PageServerException {
    try {
      Files.deleteIfExists(file(id));
    } catch (IOException e) {
      throw new PageServerException(e.toString(), e);
    }
  }

  @Override
  public Set<PlanId> known(Deadline within) throws PageServerException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString().split("\\.")).map(words -> new PlanId(words[0], Integer.parseInt(words[1])))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new PageServerException(e.toString(), e);
    }
  }

  private Path file(PlanId id) {
    return directory.resolve(id.toString());
  }

  private final class Memory implements PagedMemory {
    private final PlanId id;
    private final CompletableFuture<End> end = new CompletableFuture<>();

    private Memory(PlanId id) {
      this.id = id;
      ends.add(end);
    }

    @Override
    public PlanId id() {
      return id;
    }

    @Override
    public MemorySource.Paged source() {
      return new MemorySource.Paged(file(id), memoryBytes);
    }

    @Override
    public CompletionStage<End> end() {
      return end;
    }

    @Override
    public Stats stats(Deadline within) {
      return new Stats(0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());
    }

    @Override
    public HotSet touched(Deadline within) throws PageServerException {
      throw new PageServerException("Nothing is touched in a simulated guest");
    }

    @Override
    public Zeros zeros(Deadline within) {
      return new Zeros(true, new BitSet());
    }

    @Override
    public void prefetch(boolean on, Deadline within) {
      // All is there at once.
    }

    @Override
    public void close(Deadline within) throws PageServerException {
      discard(id, within);
    }
  }
}
