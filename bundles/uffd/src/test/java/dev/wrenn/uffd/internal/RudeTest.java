package dev.wrenn.uffd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.linux.fault.FaultDescriptor;
import dev.wrenn.linux.fault.NativeMemory;
import dev.wrenn.linux.fault.UnixPeer;
import dev.wrenn.linux.fault.WakeUp;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.PagedMemory;
import dev.wrenn.uffd.PagedMemory.Kind;
import dev.wrenn.uffd.pager.Frame;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hypervisors and clients that say what they should not: each loses, and nobody else does. */
@Timeout(600)
class RudeTest {
  private static final int PAGES = 512;
  private static final long SEED = 20_260_101;
  @TempDir
  Path directory;
  private Bench bench;
  private HostPageServer server;
  private Snapshots.Stored stored;
  private int count;

  @BeforeEach
  void begin() throws Exception {
    bench = new Bench(directory);
    server = bench.server(Map.of("deliverAll", false));
    stored = bench.memory(PAGES, 1);
  }

  @AfterEach
  void end() throws Exception {
    bench.close();
  }

  private PagedMemory open() throws Exception {
    return server.open(new PlanId("rude", ++count), stored, Optional.empty(), DeliveryTest.soon());
  }

  /** How a delivery ends to whose socket this was sent. */
  private PagedMemory.End after(byte[] text, boolean descriptor) throws Exception {
    PagedMemory memory = open();
    try (UnixPeer peer = UnixPeer.connect(memory.source().socket()); FaultDescriptor faults = FaultDescriptor.open()) {
      faults.handshake(FaultDescriptor.EVENT_REMOVE);
      if (descriptor) {
        peer.send(text, faults);
      } else {
        peer.send(text);
      }
    }
    return DeliveryTest.end(memory);
  }

  private PagedMemory.End after(String text) throws Exception {
    return after(text.getBytes(StandardCharsets.UTF_8), true);
  }

  private void stillWell() throws Exception {
    PagedMemory memory = open();
    try (Guest guest = new Guest(memory.source().socket(), memory.source().bytes(), 1)) {
      assertEquals("right", guest.ask("check 0 " + PAGES));
    }
  }

  @Test
  void wrongDescriptionsAreLossesWithReasons() throws Exception {
    for (String wrong : List.of("{}", "[]", "[{}]", "[{\"size\":4096}]", "nonsense", "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0,\"page_size\":2097152}]",
        "[{\"base_host_virt_addr\":4096,\"size\":-4096,\"offset\":0}]", "[{\"base_host_virt_addr\":4097,\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":999999999999}]", "[{\"base_host_virt_addr\":4096,\"size\":99999999999999999999,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0},{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":4096}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0},{\"base_host_virt_addr\":8192,\"size\":4096,\"offset\":0}]", "[{\"a\\u0041\":1}]")) {
      PagedMemory.End end = after(wrong);
      assertEquals(Kind.LOST, end.kind(), wrong + " gave " + end);
      assertTrue(end.reason().contains("hypervisor"), wrong + " gave " + end);
    }
    stillWell();
  }

  @Test
  void descriptorsThatAreNoneAreLosses() throws Exception {
    String text = "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0}]";
    assertTrue(after(text.getBytes(StandardCharsets.UTF_8), false).reason().contains("no descriptor"));
    PagedMemory memory = open();
    try (UnixPeer peer = UnixPeer.connect(memory.source().socket()); WakeUp other = WakeUp.open()) {
      peer.send(text.getBytes(StandardCharsets.UTF_8), other);
      assertTrue(DeliveryTest.end(memory).reason().contains("no userfaultfd"));
    }
    memory = open();
    try (UnixPeer peer = UnixPeer.connect(memory.source().socket()); FaultDescriptor one = FaultDescriptor.open(); FaultDescriptor two = FaultDescriptor.open()) {
      peer.send(text.getBytes(StandardCharsets.UTF_8), one, two);
      assertTrue(DeliveryTest.end(memory).reason().contains("more than one"));
    }
    stillWell();
  }

  @Test
  void memoryThatWasNotDescribedIsNotServed() throws Exception {
    PagedMemory memory = open();
    long bytes = (long) PAGES * Bench.PAGE;
    NativeMemory described = NativeMemory.map(bytes);
    NativeMemory other = NativeMemory.map(bytes);
    try (UnixPeer peer = UnixPeer.connect(memory.source().socket()); FaultDescriptor faults = FaultDescriptor.open()) {
      faults.handshake(FaultDescriptor.EVENT_REMOVE);
      faults.register(described.address(), bytes);
      faults.register(other.address(), bytes);
      peer.send(("[{\"base_host_virt_addr\":" + described.address() + ",\"size\":" + bytes + ",\"offset\":0}]").getBytes(StandardCharsets.UTF_8), faults);
      Thread waits = Thread.ofPlatform().start(() -> other.read(0, java.lang.foreign.Arena.global().allocate(8)));
      assertTrue(DeliveryTest.end(memory).reason().contains("not described"));
      faults.unregister(other.address(), bytes);
      waits.join();
    } finally {
      described.close();
      other.close();
    }
    stillWell();
  }

  @Test
  void descriptionsMayComeInPieces() throws Exception {
    PagedMemory memory = open();
    long bytes = (long) PAGES * Bench.PAGE;
    NativeMemory described = NativeMemory.map(bytes);
    try (UnixPeer peer = UnixPeer.connect(memory.source().socket()); FaultDescriptor faults = FaultDescriptor.open()) {
      faults.handshake(FaultDescriptor.EVENT_REMOVE);
      faults.register(described.address(), bytes);
      byte[] text = ("[ {\"page_size_kib\":4096,\"other\":\"x\",\"more\":true,\"base_host_virt_addr\":" + described.address() + ",\"size\":" + bytes + ",\"offset\":0} ]")
          .getBytes(StandardCharsets.UTF_8);
      peer.send(new byte[] {text[0]}, faults);
      for (int at = 1; at < text.length; at++) {
        peer.send(new byte[] {text[at]});
      }
      var page = java.lang.foreign.Arena.global().allocate(Bench.PAGE, 8);
      described.read(Bench.PAGE, page);
      assertTrue(page.mismatch(java.lang.foreign.MemorySegment.ofArray(GuestProcess.content(1, 1))) < 0);
    } finally {
      described.close();
    }
  }

  @Test
  void noiseIsALossAndNothingElse() throws Exception {
    Random random = new Random(SEED);
    String right = "[{\"base_host_virt_addr\":1048576,\"size\":4096,\"offset\":0,\"page_size\":4096}]";
    for (int i = 0; i < 200; i++) {
      byte[] text = right.getBytes(StandardCharsets.UTF_8);
      for (int change = random.nextInt(1, 6); change > 0; change--) {
        text[random.nextInt(text.length)] = (byte) random.nextInt(256);
      }
      after(text, random.nextBoolean());
    }
    stillWell();
  }

  @Test
  void noiseOnTheControlSocketHurtsNobody() throws Exception {
    Random random = new Random(SEED);
    Path control = open().source().socket().resolveSibling("control");
    for (int i = 0; i < 200; i++) {
      try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(control))) {
        ByteBuffer noise = ByteBuffer.allocate(random.nextInt(1, 300));
        random.nextBytes(noise.array());
        if (random.nextBoolean()) {
          noise.putInt(0, Math.max(0, noise.capacity() - 4));
        }
        channel.write(noise);
      } catch (IndexOutOfBoundsException | IOException refused) {
        // It may be cut off, or be too short to be anything.
      }
    }
    for (String verb : List.of("", "open", "stats", "touched", "removed", "prefetch", "nothing")) {
      try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(control))) {
        Frame.of(verb).write(java.nio.channels.Channels.newOutputStream(channel));
        Frame answer = Frame.read(java.nio.channels.Channels.newInputStream(channel));
        assertTrue(!answer.text(Frame.ERROR).isEmpty(), verb + " gave " + answer);
      }
    }
    stillWell();
  }
}
