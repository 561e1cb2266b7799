package dev.wrenn.uffd.internal;

import dev.wrenn.linux.fault.FaultDescriptor;
import dev.wrenn.linux.fault.NativeMemory;
import dev.wrenn.linux.fault.UnixPeer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/**
 * What a hypervisor is to a pager: a process whose memory is delivered. It does what the lines of its standard input say and answers each with
 * one line.
 */
public final class GuestProcess {
  private static final int PAGE = 4096;
  private final NativeMemory memory;
  private final long seed;
  private final boolean[] zero;
  private final MemorySegment page = Arena.global().allocate(PAGE);

  private GuestProcess(NativeMemory memory, long seed) {
    this.memory = memory;
    this.seed = seed;
    this.zero = new boolean[(int) (memory.length() / PAGE)];
  }

  /** Arguments: socket, bytes of memory, seed of its contents. */
  public static void main(String[] arguments) throws Exception {
    long bytes = Long.parseLong(arguments[1]);
    NativeMemory memory = NativeMemory.map(bytes);
    FaultDescriptor faults = FaultDescriptor.open();
    faults.handshake(FaultDescriptor.EVENT_REMOVE);
    faults.register(memory.address(), bytes);
    UnixPeer peer = UnixPeer.connect(Path.of(arguments[0]));
    // Two regions, as a hypervisor with a hole in its memory has them.
    long half = bytes / 2 & -PAGE;
    peer.send(("[" + region(memory.address(), half, 0) + "," + region(memory.address() + half, bytes - half, half) + "]").getBytes(StandardCharsets.UTF_8), faults);
    GuestProcess guest = new GuestProcess(memory, Long.parseLong(arguments[2]));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(guest.obey(line.split(" ")));
    }
    // So that what the test still asks of the descriptors is not collected.
    System.out.println(peer.number() + faults.number());
  }

  private static String region(long base, long size, long offset) {
    return "{\"base_host_virt_addr\": " + base + ", \"size\": " + size + ", \"offset\": " + offset + ", \"page_size\": 4096, \"page_size_kib\": 4096}";
  }

  private String obey(String[] words) throws Exception {
    return switch (words[0]) {
      case "check" -> check(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      case "random" -> random(Integer.parseInt(words[1]), Long.parseLong(words[2]));
      case "remove" -> remove(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
      case "parallel" -> parallel(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      default -> "what is " + words[0];
    };
  }

  /** @return {@code right}, or what is wrong */
  private String check(int from, int to) {
    for (int at = from; at < to; at++) {
      String wrong = wrong(at, page);
      if (wrong != null) {
        return wrong;
      }
    }
    return "right";
  }

  private String wrong(int at, MemorySegment into) {
    memory.read((long) at * PAGE, into);
    MemorySegment wanted = MemorySegment.ofArray(zero[at] ? new long[PAGE / 8] : content(seed, at));
    long different = MemorySegment.mismatch(into, 0, PAGE, wanted, 0, PAGE);
    return different < 0 ? null : "page " + at + " differs at " + different + ", zero " + zero[at] + ", is " + into.get(ValueLayout.JAVA_LONG, different & -8);
  }

  /** Reads pages and gives pages back, at random. */
  private String random(int times, long order) throws Exception {
    Random random = new Random(order);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(zero.length);
      if (random.nextInt(4) == 0) {
        remove(at, Math.min(zero.length, at + 1 + random.nextInt(8)), 1);
      } else {
        String wrong = wrong(at, page);
        if (wrong != null) {
          return wrong;
        }
      }
    }
    return "right";
  }

  /** Gives pages back, so many at a time. */
  private String remove(int from, int to, int atOnce) throws Exception {
    for (int at = from; at < to; at += atOnce) {
      int end = Math.min(to, at + atOnce);
      memory.giveBack((long) at * PAGE, (long) (end - at) * PAGE);
      for (int each = at; each < end; each++) {
        zero[each] = true;
      }
    }
    return "right";
  }

  /** Several threads read the first pages, each from another place on. */
  private String parallel(int threads, int pages) throws Exception {
    Thread[] all = new Thread[threads];
    String[] found = new String[threads];
    for (int i = 0; i < threads; i++) {
      int self = i;
      MemorySegment into = Arena.global().allocate(PAGE);
      all[i] = Thread.ofPlatform().start(() -> {
        for (int at = 0; at < pages && found[self] == null; at++) {
          found[self] = wrong((at + self * 37) % pages, into);
        }
      });
    }
    for (int i = 0; i < threads; i++) {
      all[i].join();
      if (found[i] != null) {
        return found[i];
      }
    }
    return "right";
  }

  /** What is in a page; about a third are zero. */
  static long[] content(long seed, int page) {
    long[] content = new long[PAGE / 8];
    Random random = new Random(seed * 1_000_003 + page);
    if (random.nextInt(3) > 0) {
      for (int i = 0; i < content.length; i++) {
        content[i] = random.nextLong() | 1;
      }
    }
    return content;
  }
}
