package dev.wrenn.tck.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.storage.CapturedDisk;
import dev.wrenn.spi.storage.Disk;
import dev.wrenn.spi.storage.DiskPlan;
import dev.wrenn.spi.storage.StorageDriver;
import dev.wrenn.tck.Expect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every storage driver must do. A driver's test extends it and says how to open the driver and how to see what it left.
 * Needs QEMU's tools to look into disks.
 */
public abstract class StorageTck {
  private static final int IMAGE_BYTES = 4 << 20;
  private static final long DISK_BYTES = 16L << 20;
  private static final int MANY = 16;

  @TempDir private Path scratch;
  private Path image;
  private byte[] imageBytes;
  private StorageDriver driver;

  /** A new instance of the driver over the same place, as after an update or a crash: it knows nothing of earlier instances. */
  protected abstract StorageDriver open() throws Exception;

  /** A new instance over a place that has no room for another disk. */
  protected abstract StorageDriver openWithoutRoom() throws Exception;

  /** Names of all that the driver has made and not removed. */
  protected abstract Set<String> leftovers() throws Exception;

  @BeforeEach
  void prepare() throws Exception {
    image = scratch.resolve("image.raw");
    imageBytes = new byte[IMAGE_BYTES];
    new Random(7).nextBytes(imageBytes);
    Arrays.fill(imageBytes, 1 << 20, 3 << 20, (byte) 0);
    Files.write(image, imageBytes);
    driver = open();
    assertEquals(Set.of(), leftovers(), "left by an earlier test");
  }

  @AfterEach
  void nothingIsLeftAndTheImageIsAsItWas() throws Exception {
    assertArrayEquals(imageBytes, Files.readAllBytes(image), "the image has been written to");
    assertEquals(Set.of(), leftovers(), "left behind");
  }

  @Test
  void probeSaysThatItWorksAndHow() throws Exception {
    Probe probe = driver.probe(Expect.soon());
    assertTrue(probe.usable(), probe.summary());
    assertFalse(probe.summary().isBlank());
    assertFalse(driver.name().isBlank() || driver.version().isBlank());
  }

  @Test
  void diskReadsAsItsImageWithZerosBehindIt() throws Exception {
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    assertArrayEquals(Arrays.copyOf(imageBytes, (int) DISK_BYTES), bytes(disk));
    disk.delete(Expect.soon());
  }

  @Test
  void writesStayInTheDiskAndAreCounted() throws Exception {
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    Disk other = driver.create(plan("c2", 1), Expect.soon());
    long before = disk.usedBytes();
    int length = 2 << 20;
    DiskBytes.write(disk.attachment(), 1 << 20, length, 0x5a);
    byte[] expected = Arrays.copyOf(imageBytes, (int) DISK_BYTES);
    Arrays.fill(expected, 1 << 20, (1 << 20) + length, (byte) 0x5a);

    assertArrayEquals(expected, bytes(disk));
    assertArrayEquals(Arrays.copyOf(imageBytes, (int) DISK_BYTES), bytes(other));
    assertTrue(disk.usedBytes() >= before + length, before + " bytes before, " + disk.usedBytes() + " after writing " + length);
    disk.delete(Expect.soon());
    other.delete(Expect.soon());
  }

  @Test
  void samePlanTwiceGivesTheSameDisk() throws Exception {
    Disk first = driver.create(plan("c1", 1), Expect.soon());
    DiskBytes.write(first.attachment(), 0, 4096, 0x11);
    Disk again = open().create(plan("c1", 1), Expect.soon());

    assertEquals(first.handle(), again.handle());
    assertEquals(first.attachment(), again.attachment());
    assertEquals(0x11, bytes(again)[0], "what was written is gone");
    again.delete(Expect.soon());
  }

  @Test
  void anotherGenerationOrAnotherDiskIsAConflict() throws Exception {
    Disk disk = driver.create(plan("c1", 2), Expect.soon());
    Expect.failure(Code.CONFLICT, () -> driver.create(plan("c1", 1), Expect.soon()));
    Expect.failure(Code.CONFLICT, () -> driver.create(plan("c1", 3), Expect.soon()));
    Expect.failure(Code.CONFLICT, () -> driver.create(new DiskPlan(new PlanId("c1", 2), image, DISK_BYTES * 2), Expect.soon()));
    assertArrayEquals(Arrays.copyOf(imageBytes, (int) DISK_BYTES), bytes(disk), "a refused call changed the disk");
    disk.delete(Expect.soon());
    driver.create(plan("c1", 3), Expect.soon()).delete(Expect.soon());
  }

  @Test
  void freshInstanceAdoptsTheDiskWithWhatWasWritten() throws Exception {
    Disk made = driver.create(plan("c1", 1), Expect.soon());
    DiskBytes.write(made.attachment(), 4096, 4096, 0x22);
    Disk adopted = open().adopt(made.handle(), Expect.soon());

    assertEquals(made.handle(), adopted.handle());
    assertEquals(made.attachment(), adopted.attachment());
    assertEquals(0x22, bytes(adopted)[4096]);
    adopted.delete(Expect.soon());
    Expect.failure(Code.GONE, made::usedBytes);
  }

  @Test
  void whatCannotBeProvenIsGone() throws Exception {
    Handle handle = driver.create(plan("c1", 1), Expect.soon()).handle();
    Handle empty = new Handle(handle.kind(), handle.driver(), handle.driverVersion(), handle.id(), Map.of());
    Expect.failure(Code.GONE, () -> driver.adopt(empty, Expect.soon()));
    driver.discard(handle.id(), Expect.soon());
    Expect.failure(Code.GONE, () -> driver.adopt(handle, Expect.soon()));
  }

  @Test
  void adoptionRemovesWhatIsLeftOfADamagedDisk() throws Exception {
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    Path file = DiskBytes.file(disk.attachment());
    if (Files.isRegularFile(file)) {
      Files.write(file, new byte[100]);
      Expect.failure(Code.GONE, () -> open().adopt(disk.handle(), Expect.soon()));
    } else {
      disk.delete(Expect.soon());
    }
  }

  @Test
  void deletingTwiceIsFine() throws Exception {
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    disk.delete(Expect.soon());
    disk.delete(Expect.soon());
    driver.discard(disk.handle().id(), Expect.soon());
  }

  @Test
  void discardEndsWhatAnotherInstanceMadeAndNothingElse() throws Exception {
    driver.create(plan("c1", 2), Expect.soon());
    Disk neighbour = driver.create(plan("c11", 2), Expect.soon());
    open().discard(new PlanId("c1", 1), Expect.soon());
    driver.create(plan("c1", 2), Expect.soon()).usedBytes();
    open().discard(new PlanId("c1", 2), Expect.soon());
    open().discard(new PlanId("never-made", 1), Expect.soon());
    assertTrue(neighbour.usedBytes() >= 0);
    neighbour.delete(Expect.soon());
  }

  @Test
  void timeThatIsUpIsATimeoutThatLeavesNothing() throws Exception {
    Expect.failure(Code.TIMEOUT, () -> driver.create(plan("c1", 1), Expect.passed()));
    assertEquals(Set.of(), leftovers());
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    Expect.failure(Code.TIMEOUT, () -> driver.adopt(disk.handle(), Expect.passed()));
    Expect.failure(Code.TIMEOUT, () -> disk.delete(Expect.passed()));
    disk.delete(Expect.soon());
  }

  @Test
  void badPlansAreRefusedWithAReason() throws IOException {
    Path odd = Files.write(scratch.resolve("odd.raw"), new byte[1000]);
    Path none = Files.createFile(scratch.resolve("empty.raw"));
    for (Path bad : List.of(scratch.resolve("absent.raw"), scratch, odd, none)) {
      String said = Expect.failure(Code.INVALID,
          () -> driver.create(new DiskPlan(new PlanId("c1", 1), bad, DISK_BYTES), Expect.soon())).getMessage();
      assertTrue(said.contains(bad.toString()) && said.contains("c1"), said);
    }
    for (long size : new long[] {0, -512, IMAGE_BYTES - 512, DISK_BYTES + 1}) {
      Expect.failure(Code.INVALID, () -> driver.create(new DiskPlan(new PlanId("c1", 1), image, size), Expect.soon()));
    }
  }

  @Test
  void aFullPlaceIsSaidSo() throws Exception {
    StorageDriver full = openWithoutRoom();
    assertTrue(Expect.failure(Code.NO_CAPACITY, () -> full.create(plan("c1", 1), Expect.soon())).retryable());
    assertFalse(full.probe(Expect.soon()).usable());
  }

  @Test
  void manyAreMadeAndEndedSideBySide() throws Exception {
    List<Callable<String>> work = new java.util.ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      DiskPlan plan = plan("many-" + i, 1);
      work.add(() -> {
        Disk disk = driver.create(plan, Expect.soon());
        String file = DiskBytes.file(disk.attachment()).toString();
        disk.delete(Expect.soon());
        return file;
      });
    }
    Set<String> files = new HashSet<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> done : threads.invokeAll(work)) {
        files.add(done.get());
      }
    }
    assertEquals(MANY, files.size());
  }

  @Test
  void aCaptureIsWhatTheDiskHeldAndTheImageOfOthers() throws Exception {
    Path captures = Files.createDirectory(scratch.resolve("captures"));
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    DiskBytes.write(disk.attachment(), 1 << 20, 1 << 20, 0x5a);
    byte[] then = bytes(disk);
    CapturedDisk capture = disk.capture(captures.resolve("one"), Expect.soon());
    assertEquals(captures.resolve("one"), capture.image());
    assertEquals(DISK_BYTES, capture.sizeBytes());
    assertFalse(Files.getPosixFilePermissions(capture.image()).stream().anyMatch(right -> right.name().endsWith("WRITE")), "it can be written");
    Expect.failure(Code.CONFLICT, () -> disk.capture(captures.resolve("one"), Expect.soon()));
    DiskBytes.write(disk.attachment(), 0, 1 << 20, 0x66);

    DiskPlan plan = new DiskPlan(new PlanId("c2", 1), capture.image(), DISK_BYTES * 2);
    Disk clone = driver.create(plan, Expect.soon());
    Disk twin = open().create(new DiskPlan(new PlanId("c3", 1), capture.image(), DISK_BYTES), Expect.soon());
    assertArrayEquals(Arrays.copyOf(then, (int) DISK_BYTES * 2), bytes(clone));
    DiskBytes.write(clone.attachment(), 2 << 20, 4096, 0x77);
    disk.delete(Expect.soon());
    assertArrayEquals(then, bytes(twin), "a disk changed with its original or its twin");
    Disk adopted = open().adopt(clone.handle(), Expect.soon());
    assertEquals(clone.attachment(), adopted.attachment());
    assertEquals(clone.handle(), driver.create(plan, Expect.soon()).handle());
    assertEquals(0x77, bytes(adopted)[2 << 20]);
    Expect.failure(Code.INVALID, () -> driver.create(new DiskPlan(new PlanId("c4", 1), capture.image(), DISK_BYTES / 2), Expect.soon()));

    clone.delete(Expect.soon());
    twin.delete(Expect.soon());
    driver.deleteCapture(capture.image(), Expect.soon());
    driver.deleteCapture(capture.image(), Expect.soon());
    assertEquals(List.of(), left(captures));
  }

  @Test
  void capturesOfDisksOfCapturesStayShallow() throws Exception {
    Path captures = Files.createDirectory(scratch.resolve("captures"));
    Path from = image;
    byte[] expected = Arrays.copyOf(imageBytes, (int) DISK_BYTES);
    for (int i = 0; i < MANY; i++) {
      Disk disk = driver.create(new DiskPlan(new PlanId("deep", i + 1), from, DISK_BYTES), Expect.soon());
      DiskBytes.write(disk.attachment(), i << 17, 1 << 16, i + 1);
      Arrays.fill(expected, i << 17, (i << 17) + (1 << 16), (byte) (i + 1));
      assertArrayEquals(expected, bytes(disk), "after " + i + " captures");
      CapturedDisk capture = disk.capture(captures.resolve("of-" + i), Expect.soon());
      assertTrue(capture.backing().size() <= 16, capture.backing().size() + " files below a capture");
      from = capture.image();
      disk.delete(Expect.soon());
    }
    Disk last = driver.create(new DiskPlan(new PlanId("deep", MANY + 1), from, DISK_BYTES), Expect.soon());
    assertArrayEquals(expected, bytes(last));
    last.delete(Expect.soon());
    for (int i = 0; i < MANY; i++) {
      driver.deleteCapture(captures.resolve("of-" + i), Expect.soon());
    }
    assertEquals(List.of(), left(captures));
  }

  @Test
  void captureRefusesWhatCannotBeAndLeavesNothing() throws Exception {
    Path captures = Files.createDirectory(scratch.resolve("captures"));
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    Expect.failure(Code.TIMEOUT, () -> disk.capture(captures.resolve("late"), Expect.passed()));
    Expect.failure(Code.INVALID, () -> disk.capture(Path.of("relative"), Expect.soon()));
    Expect.failure(Code.INVALID, () -> disk.capture(captures.resolve("no/directory"), Expect.soon()));
    Expect.failure(Code.INVALID, () -> driver.deleteCapture(image, Expect.soon()));
    driver.deleteCapture(captures.resolve("never"), Expect.soon());
    disk.delete(Expect.soon());
    Expect.failure(Code.GONE, () -> disk.capture(captures.resolve("gone"), Expect.soon()));
    assertEquals(List.of(), left(captures));
  }

  /** A guest that owns a whole disk can write into it the header of a format that names other files. */
  @Test
  void whatAGuestWritesIsNeverTakenForAFormat() throws Exception {
    Path captures = Files.createDirectory(scratch.resolve("captures"));
    Path secret = Files.write(scratch.resolve("secret"), new byte[1 << 16]);
    Path header = scratch.resolve("header.qcow2");
    DiskBytes.overlay(header, secret);
    Disk disk = driver.create(plan("c1", 1), Expect.soon());
    DiskBytes.put(disk.attachment(), header);
    byte[] then = bytes(disk);
    assertEquals('Q', then[0]);
    CapturedDisk capture = disk.capture(captures.resolve("one"), Expect.soon());
    assertFalse(capture.backing().contains(secret));
    Disk clone = driver.create(new DiskPlan(new PlanId("c2", 1), capture.image(), DISK_BYTES), Expect.soon());
    assertArrayEquals(then, bytes(clone));
    clone.delete(Expect.soon());
    disk.delete(Expect.soon());
    driver.deleteCapture(capture.image(), Expect.soon());
  }

  private static List<Path> left(Path folder) throws IOException {
    try (var all = Files.list(folder)) {
      return all.toList();
    }
  }

  private DiskPlan plan(String capsule, int generation) {
    return new DiskPlan(new PlanId(capsule, generation), image, DISK_BYTES);
  }

  private byte[] bytes(Disk disk) throws IOException, InterruptedException {
    return DiskBytes.all(disk.attachment(), scratch.resolve("flat"));
  }
}
