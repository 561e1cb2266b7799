package dev.wrenn.controlplane.internal;

import static dev.wrenn.controlplane.internal.TestPlatform.DEFAULTS;
import static dev.wrenn.controlplane.internal.TestPlatform.refused;
import static dev.wrenn.controlplane.internal.TestPlatform.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.PortService.PortAccess;
import dev.wrenn.platform.PortService.Tokens;
import dev.wrenn.port.GuestSocket;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortUseCasesTest {
  private static final Optional<String> NONE = Optional.empty();
  private static final CapsuleOptions CLOSED = new CapsuleOptions(Map.of(), Map.of(), true, false, true);
  private static final CapsuleOptions UNSECURED = new CapsuleOptions(Map.of(), Map.of(), true, true, false);
  @TempDir Path directory;
  private final FakeHost host = new FakeHost();
  private TestPlatform platform;
  private Caller ann;

  @BeforeEach
  void start() throws Exception {
    platform = new TestPlatform(directory, host);
    ann = platform.team();
    host.listening.add(8080);
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
  }

  private String make(CapsuleOptions options) throws PlatformException {
    return platform.capsules.create(ann, with(options, null), NONE).id();
  }

  private void opens(String id, int port, Optional<String> token) throws Exception {
    try (GuestSocket socket = platform.ports.open(id, port, token)) {
      assertEquals(-1, socket.input().read());
    }
  }

  @Test
  void saysHowPortsAreOpen() throws Exception {
    String id = make(CLOSED);
    assertEquals(new PortAccess(8080, false, false), platform.ports.port(ann, id, 8080));
    assertEquals(new PortAccess(8080, true, true), platform.ports.set(ann, id, 8080, true));
    platform.ports.set(ann, id, 80, false);
    platform.ports.set(ann, id, 80, false);
    assertEquals(List.of(new PortAccess(80, false, true), new PortAccess(8080, true, true)), platform.ports.ports(ann, id));
    assertEquals(new PortAccess(8080, true, true), platform.ports.port(ann, id, 8080));
    platform.ports.clear(ann, id, 8080);
    platform.ports.clear(ann, id, 8080);
    assertEquals(new PortAccess(8080, false, false), platform.ports.port(ann, id, 8080));
    assertTrue(platform.ports.port(ann, make(CapsuleOptions.DEFAULT), 8080).open());
    for (int bad : new int[] {0, -1, 65_536, 49_983}) {
      refused(Code.INVALID_REQUEST, () -> platform.ports.port(ann, id, bad));
      refused(Code.INVALID_REQUEST, () -> platform.ports.set(ann, id, bad, true));
      refused(Code.INVALID_REQUEST, () -> platform.ports.clear(ann, id, bad));
      refused(Code.INVALID_REQUEST, () -> platform.ports.open(id, bad, NONE));
    }
    Caller bob = platform.team();
    refused(Code.NOT_FOUND, () -> platform.ports.ports(bob, id));
    refused(Code.NOT_FOUND, () -> platform.ports.set(bob, id, 80, true));
    refused(Code.NOT_FOUND, () -> platform.ports.clear(bob, id, 80));
    refused(Code.NOT_FOUND, () -> platform.ports.tokens(bob, id));
    refused(Code.INVALID_REQUEST, () -> platform.ports.ports(ann, "cl-x"));
  }

  @Test
  void opensAClosedPortToWhoeverHasTheToken() throws Exception {
    String id = make(CLOSED);
    Tokens tokens = platform.ports.tokens(ann, id);
    assertEquals("access-" + id, tokens.access());
    assertTrue(tokens.port().matches("[0-9a-f]{64}"), "shape of the token");
    assertFalse(tokens.toString().contains(tokens.port()));
    opens(id, 8080, Optional.of(tokens.port()));
    String other = make(CLOSED);
    assertNotEquals(tokens.port(), platform.ports.tokens(ann, other).port());
    for (Optional<String> bad : List.of(NONE, Optional.of(""), Optional.of(tokens.access()), Optional.of(platform.ports.tokens(ann, other).port()),
        Optional.of(tokens.port().toUpperCase()), Optional.of("é"))) {
      refused(Code.FORBIDDEN, () -> platform.ports.open(id, 8080, bad));
    }
    platform.ports.set(ann, id, 8080, true);
    opens(id, 8080, NONE);
    platform.ports.set(ann, id, 8080, false);
    refused(Code.FORBIDDEN, () -> platform.ports.open(id, 8080, NONE));
    opens(make(CapsuleOptions.DEFAULT), 8080, Optional.of("whatever"));
  }

  @Test
  void seesTheEndOfACapsuleAtOnce() throws Exception {
    String id = make(CapsuleOptions.DEFAULT);
    opens(id, 8080, NONE);
    platform.capsules.destroy(ann, id);
    refused(Code.INVALID_STATE, () -> platform.ports.open(id, 8080, NONE));
    refused(Code.INVALID_STATE, () -> platform.ports.openAgent(id));
    refused(Code.NOT_FOUND, () -> platform.ports.tokens(ann, id));
    refused(Code.NOT_FOUND, () -> platform.ports.open(WireId.CAPSULE.format(UUID.randomUUID()), 8080, NONE));
    refused(Code.INVALID_REQUEST, () -> platform.ports.open("nonsense", 8080, NONE));
  }

  @Test
  void saysWhatIsWrongInTheGuestOrOnTheHost() throws Exception {
    String id = make(CapsuleOptions.DEFAULT);
    refused(Code.PORT_CLOSED, () -> platform.ports.open(id, 81, NONE));
    host.full = true;
    refused(Code.RATE_LIMITED, () -> platform.ports.open(id, 8080, NONE));
    platform.disconnect(host);
    refused(Code.HOST_UNAVAILABLE, () -> platform.ports.open(id, 8080, NONE));
    refused(Code.HOST_UNAVAILABLE, () -> platform.ports.tokens(ann, id));
  }

  @Test
  void givesTheAgentsTokenOnlyForACapsuleThatIsNotSecured() throws Exception {
    assertEquals(NONE, platform.ports.openAgent(make(CapsuleOptions.DEFAULT)).token());
    String open = make(UNSECURED);
    assertEquals(Optional.of("access-" + open), platform.ports.openAgent(open).token());
  }

  @Test
  void findsACapsuleByItsAccessToken() throws Exception {
    make(CapsuleOptions.DEFAULT);
    String id = make(CapsuleOptions.DEFAULT);
    assertEquals(Optional.of(id), platform.ports.byAccessToken(token -> token.equals("access-" + id)));
    assertEquals(NONE, platform.ports.byAccessToken(token -> false));
    platform.capsules.destroy(ann, id);
    assertEquals(NONE, platform.ports.byAccessToken(token -> token.equals("access-" + id)));
  }

  @Test
  void serves500ConnectionsAtOnce() throws Exception {
    String id = make(CLOSED);
    Optional<String> token = Optional.of(platform.ports.tokens(ann, id).port());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Object>> all = threads.invokeAll(Collections.nCopies(500, () -> {
        opens(id, 8080, token);
        return null;
      }));
      for (Future<Object> one : all) {
        one.get();
      }
    }
    assertEquals(500, host.connects.get());
  }

  @Test
  void signsTheSameInEveryLife() throws Exception {
    String id = make(CLOSED);
    String token = platform.ports.tokens(ann, id).port();
    platform.close();
    platform = new TestPlatform(directory, host);
    assertEquals(token, platform.ports.tokens(ann, id).port());
    platform.ports.open(id, 8080, Optional.of(token)).close();
  }
}
