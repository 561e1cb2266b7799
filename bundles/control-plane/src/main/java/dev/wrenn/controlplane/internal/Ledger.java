package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreGate;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The rows of capsules: every change goes through here and is told to those who watch. Thread-safe. */
@Component(service = Ledger.class, configurationPid = "dev.wrenn.control-plane")
public final class Ledger {
  /** Who makes capsules in this life of the process; a row with another owner that is not alive is nobody's work. */
  private final UUID self = UUID.randomUUID();
  private final StoreGate gate;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Watchers watchers = new Watchers(threads);

  @Activate
  public Ledger(ControlPlaneConfig config) {
    this.gate = new StoreGate(Duration.ofSeconds(config.service_wait_seconds()));
  }

  @Deactivate
  void stop() {
    threads.shutdown();
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void bindStore(Store store) {
    gate.open(store);
  }

  void unbindStore(Store store) {
    gate.close(store);
  }

  UUID self() {
    return self;
  }

  boolean open() {
    return gate.isOpen();
  }

  <R> R call(Function<Store, R> work) throws PlatformException {
    try {
      return gate.call(work);
    } catch (StoreException e) {
      throw Errors.store(e);
    }
  }

  /** @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} for an unknown one and for another team's */
  CapsuleRecord need(Caller caller, String id) throws PlatformException {
    UUID key = Rows.capsule(id);
    UUID team = Rows.team(caller);
    return call(s -> s.capsules().find(key)).filter(row -> row.team().equals(team)).orElseThrow(
        () -> new PlatformException(PlatformException.Code.NOT_FOUND, "Capsule " + id + " was not found in this team."));
  }

  /** Changes a row; those who watch are told when that changed something. */
  Optional<CapsuleRecord> change(UUID id, UnaryOperator<CapsuleRecord> change) throws PlatformException {
    long[] before = new long[1];
    Optional<CapsuleRecord> now = call(s -> s.capsules().change(id, row -> {
      before[0] = row.version();
      return change.apply(row);
    }));
    now.filter(row -> row.version() != before[0]).ifPresent(this::tell);
    return now;
  }

  void tell(CapsuleRecord row) {
    watchers.changed(Rows.show(row));
  }

  AutoCloseable watch(String team, Consumer<Capsule> listener) {
    return watchers.add(team, listener);
  }
}
