package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.PortService;
import dev.wrenn.port.GuestSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Who may come to which port of a capsule, and the way there. */
@Component(service = PortService.class)
public final class PortUseCases implements PortService {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  /** Where the agent listens in every capsule; nobody's port. */
  private static final int AGENT_PORT = 49_983;
  private static final String PURPOSE = "port";
  private final Ledger ledger;
  private final Hosts hosts;
  private final Secrets secrets;
  private final Wakes wakes;
  private final Doors doors;
  private final AutoCloseable subscription;

  @Activate
  public PortUseCases(@Reference Ledger ledger, @Reference Hosts hosts, @Reference Secrets secrets, @Reference Wakes wakes) {
    this.ledger = ledger;
    this.hosts = hosts;
    this.secrets = secrets;
    this.wakes = wakes;
    doors = new Doors(ledger, System::nanoTime);
    subscription = ledger.listen(row -> doors.forget(row.id()));
  }

  @Deactivate
  void stop() throws Exception {
    subscription.close();
  }

  @Override
  public List<PortAccess> ports(Caller caller, String capsule) throws PlatformException {
    CapsuleRecord row = ledger.need(caller, capsule);
    return ledger.call(s -> s.ports().ofCapsule(row.id())).entrySet().stream().map(e -> new PortAccess(e.getKey(), e.getValue(), true)).toList();
  }

  @Override
  public PortAccess port(Caller caller, String capsule, int port) throws PlatformException {
    check(port);
    CapsuleRecord row = ledger.need(caller, capsule);
    Map<Integer, Boolean> said = ledger.call(s -> s.ports().ofCapsule(row.id()));
    return new PortAccess(port, said.getOrDefault(port, row.spec().options().publicPorts()), said.containsKey(port));
  }

  @Override
  public PortAccess set(Caller caller, String capsule, int port, boolean open) throws PlatformException {
    check(port);
    UUID id = ledger.need(caller, capsule).id();
    ledger.call(s -> {
      try {
        s.ports().put(id, port, open);
      } catch (StoreException e) {
        // Two who speak of it for the first time at once: the second changes what the first has said.
        if (e.code() != StoreException.Code.DUPLICATE) {
          throw e;
        }
        s.ports().put(id, port, open);
      }
      return null;
    });
    doors.forget(id);
    return new PortAccess(port, open, true);
  }

  @Override
  public void clear(Caller caller, String capsule, int port) throws PlatformException {
    check(port);
    UUID id = ledger.need(caller, capsule).id();
    ledger.call(s -> {
      s.ports().remove(id, port);
      return null;
    });
    doors.forget(id);
  }

  @Override
  public GuestSocket open(String capsule, int port, Optional<String> token) throws PlatformException {
    check(port);
    Doors.Door door = open(capsule);
    if (!door.open(port) && !(token.isPresent() && matches(token.get(), capsule))) {
      throw new PlatformException(Code.FORBIDDEN, "Port " + port + " of capsule " + capsule + " is not open to everybody: show the capsule's port token.");
    }
    try {
      return wakes.use(door.row(), host -> host.connect(capsule, port, CONNECT));
    } catch (HostException e) {
      throw Errors.connect(capsule, e);
    }
  }

  @Override
  public AgentLine openAgent(String capsule) throws PlatformException {
    return agent(open(capsule).row(), capsule, host -> false);
  }

  @Override
  public AgentLine openAgent(String capsule, Predicate<String> shows) throws PlatformException {
    CapsuleRecord row = open(capsule).row();
    return agent(row, capsule, host -> !row.spec().options().secured() || shows.test(host.accessToken(capsule)));
  }

  private AgentLine agent(CapsuleRecord row, String capsule, Wakes.Use<Boolean> mayWake) throws PlatformException {
    try {
      return wakes.use(row, mayWake, host -> line(row, host, capsule));
    } catch (HostException e) {
      throw Errors.connect(capsule, e);
    }
  }

  private static AgentLine line(CapsuleRecord row, HostAgent host, String capsule) throws HostException {
    Optional<String> token = row.spec().options().secured() ? Optional.empty() : Optional.of(host.accessToken(capsule));
    return new AgentLine(host.connectAgent(capsule, CONNECT), token);
  }

  @Override
  public Tokens tokens(Caller caller, String capsule) throws PlatformException {
    CapsuleRecord row = ledger.need(caller, capsule);
    try {
      return new Tokens(host(row).accessToken(capsule), portToken(capsule));
    } catch (HostException e) {
      throw e.code() == HostException.Code.NOT_FOUND || e.code() == HostException.Code.WRONG_STATE
          ? new PlatformException(Code.NOT_FOUND, "Capsule " + capsule + " is " + row.status().wire() + " and has no tokens.", e) : Errors.use(capsule, e);
    }
  }

  @Override
  public Optional<String> byAccessToken(Predicate<String> test) {
    for (Map.Entry<String, HostAgent> host : hosts.all()) {
      for (HostedCapsule hosted : host.getValue().list()) {
        if (there(hosted.state()) && token(host.getValue(), hosted.id()).filter(test).isPresent()) {
          return Optional.of(hosted.id());
        }
      }
    }
    return Optional.empty();
  }

  private static boolean there(HostedCapsule.State state) {
    return switch (state) {
      case RUNNING, PAUSING, PAUSED, RESUMING -> true;
      case STARTING, STOPPING, STOPPED, ERROR -> false;
    };
  }

  /** Empty for one that has ended meanwhile. */
  private static Optional<String> token(HostAgent host, String capsule) {
    try {
      return Optional.of(host.accessToken(capsule));
    } catch (HostException gone) {
      return Optional.empty();
    }
  }

  /** Of a capsule that runs or may be woken. */
  private Doors.Door open(String capsule) throws PlatformException {
    Doors.Door door = doors.find(Rows.capsule(capsule)).orElseThrow(
        () -> new PlatformException(Code.NOT_FOUND, "Capsule " + capsule + " was not found."));
    if (door.row().status() != CapsuleStatus.RUNNING && !Wakes.canWake(door.row())) {
      throw closed(capsule, door.row());
    }
    return door;
  }

  /** To whoever knows the id and no more, the reason is no business. */
  private static PlatformException closed(String capsule, CapsuleRecord row) {
    return new PlatformException(Code.INVALID_STATE, "Capsule " + capsule + " is " + row.status().wire() + ", not running.");
  }

  private HostAgent host(CapsuleRecord row) throws HostException {
    return hosts.need(row.host().orElseThrow(() -> new HostException(HostException.Code.NOT_FOUND, "host", "it is on no host")));
  }

  private String portToken(String capsule) throws PlatformException {
    return secrets.get().sign(PURPOSE, capsule);
  }

  private boolean matches(String shown, String capsule) throws PlatformException {
    return MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), portToken(capsule).getBytes(StandardCharsets.UTF_8));
  }

  private static void check(int port) throws PlatformException {
    if (port < 1 || port > 65_535) {
      throw new PlatformException(Code.INVALID_REQUEST, "A port is a number from 1 to 65535, not " + port + ".");
    }
    if (port == AGENT_PORT) {
      throw new PlatformException(Code.INVALID_REQUEST, "Port " + port + " is the capsule's agent's own; use another one for your service.");
    }
  }
}
