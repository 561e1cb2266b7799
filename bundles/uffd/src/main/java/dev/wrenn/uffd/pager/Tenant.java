package dev.wrenn.uffd.pager;

import dev.wrenn.linux.fault.FaultDescriptor;
import dev.wrenn.linux.fault.PollSet;
import dev.wrenn.linux.fault.ProcessDescriptor;
import dev.wrenn.linux.fault.UnixListener;
import dev.wrenn.linux.fault.UnixPeer;
import dev.wrenn.linux.fault.WakeUp;
import dev.wrenn.snapshot.HotSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One capsule: its socket, its thread, and what came of it. Everything that the delivery uses is released by that thread. */
final class Tenant {
  private static final long ASK_SECONDS = 10;
  private static final long STACK = 256 << 10;

  /** How it stands. */
  enum State { WAITING, SERVING, COMPLETE, LEFT, LOST }

  /**
   * @param around pages to put in at once
   * @param acceptMillis how long nobody may have connected
   * @param rest whether all is delivered at last
   */
  record Order(String capsule, Path map, Path layers, Path socket, Optional<HotSet> first, int around, long acceptMillis, boolean rest) {}

  private final Order order;
  private final Consumer<Tenant> changed;
  private final Source source;
  private final UnixListener listener;
  private final WakeUp bell;
  private final PageStates states;
  private final Counters counters = new Counters();
  private final Touched touched;
  private final long memoryBytes;
  private final Thread thread;
  private final Queue<Runnable> asked = new ArrayDeque<>();
  private volatile State state = State.WAITING;
  private volatile String reason = "";
  private volatile boolean closing;
  private volatile boolean rest;
  private volatile Delivery delivery;
  private boolean over;

  private Tenant(Order order, Source source, UnixListener listener, WakeUp bell, Consumer<Tenant> changed) {
    this.order = order;
    this.changed = changed;
    this.source = source;
    this.listener = listener;
    this.bell = bell;
    this.rest = order.rest();
    Optional<HotSet> first = order.first().filter(hot -> hot.memoryBytes() == source.map().bytes());
    states = new PageStates(source.map());
    touched = new Touched(first);
    memoryBytes = source.map().bytes();
    thread = new Thread(null, () -> run(first), "pages-" + order.capsule(), STACK);
  }

  /** When it returns the socket listens. @param changed told of each change, by this capsule's thread */
  static Tenant open(Order order, Checked checked, Consumer<Tenant> changed) throws IOException {
    Source source = Source.open(order.map(), order.layers(), checked);
    UnixListener listener = null;
    WakeUp bell = null;
    boolean begun = false;
    try {
      bell = WakeUp.open();
      listener = UnixListener.at(order.socket());
      Tenant tenant = new Tenant(order, source, listener, bell, changed);
      tenant.thread.start();
      begun = true;
      return tenant;
    } finally {
      if (!begun) {
        source.close();
        if (bell != null) {
          bell.close();
        }
        if (listener != null) {
          listener.close();
          Files.deleteIfExists(order.socket());
        }
      }
    }
  }

  static Path completeMark(Path socket) {
    return socket.resolveSibling(socket.getFileName() + ".complete");
  }

  String capsule() {
    return order.capsule();
  }

  Path socket() {
    return order.socket();
  }

  long memoryBytes() {
    return memoryBytes;
  }

  State state() {
    return state;
  }

  String reason() {
    return reason;
  }

  boolean busy() {
    return state == State.WAITING || state == State.SERVING;
  }

  void rest(boolean on) {
    rest = on;
    Delivery now = delivery;
    if (now != null) {
      now.rest(on);
    }
    bell.ring();
  }

  Frame stats(Frame answer) throws IOException {
    return ask(() -> counters.into(answer, states.open()));
  }

  HotSet touched() throws IOException {
    return ask(() -> touched.hotSet(memoryBytes));
  }

  byte[] removed() throws IOException {
    return ask(states::removed);
  }

  /** Ends the delivery and removes its files; returns when nothing of it is left. */
  void close() throws IOException {
    closing = true;
    bell.ring();
    try {
      if (!thread.join(java.time.Duration.ofSeconds(ASK_SECONDS))) {
        throw new IOException("the delivery for " + capsule() + " does not end: it waits for the disk");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the end of the delivery for " + capsule() + " was not waited for", e);
    }
    Files.deleteIfExists(order.socket());
    Files.deleteIfExists(completeMark(order.socket()));
  }

  /** What only the delivery's thread may look at; when that has ended, anyone. */
  private <T> T ask(Supplier<T> question) throws IOException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    synchronized (asked) {
      if (over) {
        return question.get();
      }
      asked.add(() -> answer.complete(question.get()));
    }
    bell.ring();
    try {
      return answer.get(ASK_SECONDS, TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IOException("the delivery for " + capsule() + " does not answer: it waits for the disk", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the answer for " + capsule() + " was not waited for", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IOException("the delivery for " + capsule() + " can't answer", e);
    }
  }

  private boolean rung() {
    bell.heard();
    while (true) {
      Runnable next;
      synchronized (asked) {
        next = asked.poll();
      }
      if (next == null) {
        return closing;
      }
      next.run();
    }
  }

  private void run(Optional<HotSet> first) {
    State last = State.LOST;
    String why;
    try (source; listener; bell) {
      ReadAhead ahead = new ReadAhead(source, first);
      try (UnixPeer peer = accept(ahead)) {
        why = peer == null ? "it was closed" : serve(peer, first, ahead);
        last = peer == null ? State.LEFT : delivered(why);
      }
      if (last == State.COMPLETE) {
        Files.createFile(completeMark(order.socket()));
      }
    } catch (Lost e) {
      why = e.getMessage();
    } catch (IOException e) {
      why = "its connection failed: " + e.getMessage();
    } catch (Throwable e) {
      why = "the page server failed: " + e;
      e.printStackTrace();
    }
    finish(closing && last == State.LOST ? State.LEFT : last, why);
  }

  private static State delivered(String outcome) {
    return outcome.equals(Delivery.Outcome.COMPLETE.name()) ? State.COMPLETE : State.LEFT;
  }

  private void finish(State last, String why) {
    synchronized (asked) {
      over = true;
      asked.forEach(Runnable::run);
      asked.clear();
    }
    delivery = null;
    reason = switch (why) {
      case "COMPLETE" -> "all of its memory is delivered";
      case "LEFT" -> "its hypervisor has ended";
      case "CLOSED" -> "it was closed";
      default -> why;
    };
    state = last;
    changed.accept(this);
  }

  /** @return null when it was closed meanwhile */
  private UnixPeer accept(ReadAhead ahead) throws IOException, Lost {
    PollSet poll = new PollSet(listener, bell);
    long until = System.nanoTime() + order.acceptMillis() * 1_000_000;
    while (true) {
      boolean more = ahead.step();
      poll.await(more ? 0 : remaining(until, "no hypervisor has asked for its memory"));
      if (rung()) {
        return null;
      }
      Optional<UnixPeer> peer = listener.accept();
      if (peer.isPresent()) {
        // Nobody else has any business here.
        listener.close();
        return peer.get();
      }
    }
  }

  private int remaining(long until, String otherwise) throws Lost {
    long millis = (until - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new Lost(otherwise + " within " + order.acceptMillis() + " ms");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  /** @return the outcome's name */
  private String serve(UnixPeer peer, Optional<HotSet> first, ReadAhead ahead) throws IOException, Lost {
    UnixPeer.Credentials who = peer.credentials();
    Received received = receive(peer);
    if (received == null) {
      return Delivery.Outcome.CLOSED.name();
    }
    try (FaultDescriptor faults = received.faults(); ProcessDescriptor process = ProcessDescriptor.open(who.pid()).orElse(null)) {
      if (process == null) {
        return Delivery.Outcome.LEFT.name();
      }
      Delivery now = new Delivery(faults, received.regions(), source, states, counters, touched, first, ahead, order.around(), rest);
      delivery = now;
      now.rest(rest);
      state = State.SERVING;
      changed.accept(this);
      PollSet poll = new PollSet(faults, peer, process, bell);
      poll.onlyGone(Delivery.PEER);
      return now.run(poll, () -> poll.is(3, PollSet.READABLE) && rung()).name();
    }
  }

  private record Received(FaultDescriptor faults, Regions regions) {}

  /** @return null when it was closed meanwhile */
  private Received receive(UnixPeer peer) throws IOException, Lost {
    PollSet poll = new PollSet(peer, bell);
    long until = System.nanoTime() + order.acceptMillis() * 1_000_000;
    FaultDescriptor faults = null;
    byte[] text = {};
    boolean whole = false;
    try {
      while (true) {
        poll.await(remaining(until, "the hypervisor has not described its memory"));
        if (rung()) {
          return null;
        }
        UnixPeer.Message message = peer.receive(Handshake.LONGEST - text.length);
        if (message == null) {
          continue;
        }
        if (message.descriptors().size() > (faults == null ? 1 : 0)) {
          UnixPeer.drop(message);
          throw new Lost("the hypervisor sent more than one descriptor");
        }
        if (!message.descriptors().isEmpty()) {
          faults = FaultDescriptor.received(message.descriptors().getFirst());
        }
        if (message.data().length == 0) {
          throw new Lost("the hypervisor broke off before it had described its memory");
        }
        text = joined(text, message.data());
        Optional<List<Region>> regions = Handshake.regions(text, memoryBytes);
        if (regions.isPresent()) {
          if (faults == null) {
            throw new Lost("the hypervisor sent no descriptor with its memory");
          }
          Received received = new Received(faults, new Regions(regions.get()));
          whole = true;
          return received;
        }
      }
    } finally {
      if (!whole && faults != null) {
        faults.close();
      }
    }
  }

  private static byte[] joined(byte[] a, byte[] b) {
    byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
