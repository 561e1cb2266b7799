package dev.wrenn.hostagent.internal.drivers;

import dev.wrenn.host.HostException;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.Driver;
import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One of the things that a capsule consists of: what made it, what finds it again, and, while its driver is here, the thing itself.
 * Changed under the capsule's turn, except {@link #drop}; read by anyone.
 */
public final class Part<D extends Driver, T> {
  private final Kind<D, T> kind;
  private final PlanId own;
  /** Whom the thing was made for: the capsule itself, or a guest that it has taken over. */
  private volatile PlanId id;
  private volatile String driverName;
  private volatile Handle handle;
  private volatile Held<D, T> held;
  private volatile boolean made;

  private record Held<D, T>(D owner, T object) {}

  /** Makes the thing with a driver. */
  @FunctionalInterface
  public interface Maker<D, T> {
    T make(D driver) throws DriverException;
  }

  public Part(Kind<D, T> kind, PlanId id) {
    this.kind = kind;
    own = id;
    this.id = id;
  }

  public Kind<D, T> kind() {
    return kind;
  }

  public Optional<String> driverName() {
    return Optional.ofNullable(driverName);
  }

  public Optional<Handle> handle() {
    return Optional.ofNullable(handle);
  }

  public Optional<T> object() {
    return Optional.ofNullable(held).map(Held::object);
  }

  /** Whether there may be something of it on the host. */
  public boolean made() {
    return made;
  }

  /** The driver is chosen; from now on there may be something of it. */
  public void intend(String driver) {
    driverName = driver;
    id = own;
    made = true;
  }

  /** As a journal has it. */
  public void recall(String driver, Handle found) {
    driverName = driver;
    handle = found;
    id = found == null ? own : found.id();
    made = true;
  }

  /** It is this capsule's from now on; the other has nothing any more. Both turns are the caller's. */
  void take(Part<D, T> other) {
    driverName = other.driverName;
    handle = other.handle;
    id = other.id;
    held = other.held;
    made = other.made;
    other.held = null;
    other.handle = null;
    other.made = false;
  }

  public T make(D driver, Maker<D, T> maker) throws DriverException {
    T object = maker.make(driver);
    hold(driver, object);
    return object;
  }

  /** Takes the thing over from whoever made it. @throws DriverException {@code GONE} when it is no more */
  public T adopt(D driver, Deadline within) throws DriverException {
    T object = kind.adopter().adopt(driver, handle, within);
    hold(driver, object);
    return object;
  }

  /** That driver is going: its view of the thing is of no use any more. The thing stays. */
  public void drop(Driver owner) {
    Held<D, T> now = held;
    if (now != null && now.owner() == owner) {
      held = null;
    }
  }

  /** Drops what a driver made that has gone in the meantime. */
  void keepOnly(Predicate<Driver> here) {
    Held<D, T> now = held;
    if (now != null && !here.test(now.owner())) {
      held = null;
    }
  }

  /** Ends the thing, by itself when its driver's view is here, else by its driver's name and the plan. Idempotent. */
  public void end(Drivers drivers, Deadline within) throws DriverException, HostException {
    if (!made) {
      return;
    }
    Held<D, T> now = held;
    if (now != null) {
      kind.ender().end(now.object(), within);
    } else {
      drivers.need(kind, driverName, within).discard(id, within);
    }
    held = null;
    handle = null;
    made = false;
  }

  /** The next end goes by the plan: the driver's view has failed. */
  public void distrust() {
    held = null;
  }

  private void hold(D driver, T object) {
    held = new Held<>(driver, object);
    handle = kind.handle().apply(object);
  }
}
