package dev.wrenn.hostagent.internal.life;

import dev.wrenn.uffd.PageServer;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The page server as it comes and goes. Nobody waits for it: without it memory is mapped from files. Thread-safe. */
public final class PageServerGate {
  private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile PageServer service;

  public void set(PageServer server) {
    service = server;
    listeners.forEach(Runnable::run);
  }

  public void unset(PageServer server) {
    if (service == server) {
      service = null;
    }
  }

  public Optional<PageServer> now() {
    return Optional.ofNullable(service);
  }

  /** Calls the listener whenever the service comes, and now if it is here. It must not block. */
  void listen(Runnable toTell) {
    listeners.add(toTell);
    if (service != null) {
      toTell.run();
    }
  }
}
