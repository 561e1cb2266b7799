package dev.wrenn.uffd.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.PlanId;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.PagedMemory.Kind;
import dev.wrenn.uffd.pager.Frame;
import dev.wrenn.uffd.pager.PagerMain;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pager under watch: what it tells goes to its deliveries, and its end is the end of those that are not complete. */
final class Supervised implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Supervised.class);

  private final Pager pager;
  private final Consumer<Supervised> died;
  private final Map<String, Delivered> deliveries = new ConcurrentHashMap<>();
  private volatile SocketChannel watch;
  private volatile boolean closed;
  private volatile boolean dead;

  /** @param died told once when the pager has ended, not when only this watch was closed */
  Supervised(Pager pager, Consumer<Supervised> died) {
    this.pager = pager;
    this.died = died;
  }

  void start() {
    Thread.ofVirtual().name("pager-watch-" + pager.process().pid()).start(this::run);
  }

  Pager pager() {
    return pager;
  }

  boolean dead() {
    return dead;
  }

  /** Whether it is over or about to be: who goes in order takes its socket away first, and serves nobody then. */
  boolean leaves() {
    return dead || !pager.process().alive() || Files.notExists(pager.directory().resolve(PagerMain.CONTROL));
  }

  void add(Delivered delivery) {
    deliveries.put(delivery.id().toString(), delivery);
    if (dead) {
      lose();
    }
  }

  /** Its delivery is closed: nothing is told of it any more. */
  void forget(PlanId id) {
    Delivered delivery = deliveries.remove(id.toString());
    if (delivery != null) {
      delivery.ended(Kind.LEFT, "it was closed");
    }
  }

  /** How one stands, also when nobody here has it in hand; empty when it is not known there. */
  Optional<Frame> state(PlanId id, Deadline within) throws PageServerException {
    if (leaves()) {
      return Optional.empty();
    }
    return Optional.of(pager.ask(Frame.of("state").with(Frame.CAPSULE, id), within)).filter(told -> !told.text("state").isEmpty());
  }

  /** Names of all that are known there, also of those that are over. */
  List<String> capsules(Deadline within) throws PageServerException {
    if (leaves()) {
      return List.of();
    }
    byte[] names = pager.ask(Frame.of("list"), within).body();
    return new String(names, StandardCharsets.UTF_8).lines().toList();
  }

  /** How a delivery stands now. */
  void apply(Frame told) {
    Delivered delivery = deliveries.get(told.text(Frame.CAPSULE));
    if (delivery == null) {
      return;
    }
    switch (told.text("state")) {
      case "COMPLETE" -> delivery.ended(Kind.COMPLETE, told.text("reason"));
      case "LEFT" -> delivery.ended(Kind.LEFT, told.text("reason"));
      case "LOST" -> delivery.ended(Kind.LOST, told.text("reason"));
      default -> { }
    }
  }

  private void run() {
    while (!closed) {
      String why;
      try {
        pager.watch(this::apply, channel -> {
          watch = channel;
          if (closed) {
            Pager.close(channel);
          }
        });
        why = "it ended";
      } catch (IOException e) {
        why = e.toString();
      }
      if (!closed && !pager.process().alive()) {
        dead = true;
        LOG.error("The page server with pid {} has ended ({}){}", pager.process().pid(), why, pager.lastWords());
        lose();
        died.accept(this);
        return;
      }
      if (!closed) {
        LOG.warn("The page server with pid {} is no longer heard ({}); it runs and is listened to again", pager.process().pid(), why);
      }
    }
  }

  private void lose() {
    for (Delivered delivery : deliveries.values()) {
      if (Files.exists(Marks.complete(delivery.source().socket()))) {
        delivery.ended(Kind.COMPLETE, "all of its memory is delivered");
      } else {
        delivery.ended(Kind.LOST, "the page server (pid " + pager.process().pid() + ") has ended" + pager.lastWords());
      }
    }
  }

  /** Stops to watch; the pager goes on. */
  @Override
  public void close() {
    closed = true;
    SocketChannel now = watch;
    if (now != null) {
      Pager.close(now);
    }
  }
}
