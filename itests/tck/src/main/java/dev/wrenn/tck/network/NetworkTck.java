package dev.wrenn.tck.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.network.Network;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.network.NetworkPlan;
import dev.wrenn.tck.Expect;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every network driver must do of lifecycle; what its networks keep apart is for the driver's own tests, since it differs. A
 * driver's test extends it and says how to open and close the driver and how to see what it left.
 */
public abstract class NetworkTck {
  private static final int PORT = 49_983;
  private static final int PLENTY = 64;
  private static final int FEW = 3;
  private static final int MANY = 8;

  private final Deque<NetworkDriver> opened = new ArrayDeque<>();
  private NetworkDriver driver;

  /**
   * A new instance of the driver over the same place, as after an update or a crash.
   *
   * @param capacity how many networks it can give at once, at least; exactly when it is 3
   */
  protected abstract NetworkDriver openFor(int capacity) throws Exception;

  /** Stops an instance as the framework does. */
  protected abstract void close(NetworkDriver instance) throws Exception;

  /** Names of all that the driver has made and not removed. */
  protected abstract Set<String> leftovers() throws Exception;

  @BeforeEach
  void prepare() throws Exception {
    assertEquals(Set.of(), leftovers(), "left by an earlier test");
    driver = open(PLENTY);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    closeAll();
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
  void everyCapsuleHasAnAgentAddressOfItsOwn() throws Exception {
    Network one = driver.acquire(plan("c1", 1, true), Expect.soon());
    Network two = driver.acquire(plan("c2", 1, false), Expect.soon());
    assertNotEquals(one.agent(), two.agent());
    assertNotEquals(one.handle(), two.handle());
    assertEquals(one.attachment().guest(), two.attachment().guest(), "a snapshot must fit every network");
    assertFalse(one.attachment().guest().dns().isEmpty());
    one.release(Expect.soon());
    two.release(Expect.soon());
  }

  @Test
  void samePlanTwiceGivesTheSameNetwork() throws Exception {
    Network first = driver.acquire(plan("c1", 1, true), Expect.soon());
    Network again = open(PLENTY).acquire(plan("c1", 1, true), Expect.soon());
    assertSame(first, again);
    again.release(Expect.soon());
  }

  @Test
  void anotherGenerationOrAnotherPlanIsAConflict() throws Exception {
    Network network = driver.acquire(plan("c1", 2, true), Expect.soon());
    Expect.failure(Code.CONFLICT, () -> driver.acquire(plan("c1", 1, true), Expect.soon()));
    Expect.failure(Code.CONFLICT, () -> driver.acquire(plan("c1", 3, true), Expect.soon()));
    Expect.failure(Code.CONFLICT, () -> driver.acquire(plan("c1", 2, false), Expect.soon()));
    assertSame(network, driver.adopt(network.handle(), Expect.soon()));
    network.release(Expect.soon());
    driver.acquire(plan("c1", 3, true), Expect.soon()).release(Expect.soon());
  }

  @Test
  void networksOutliveTheInstanceThatMadeThem() throws Exception {
    Network made = driver.acquire(plan("c1", 1, false), Expect.soon());
    closeAll();
    NetworkDriver next = open(PLENTY);
    Network other = next.acquire(plan("c2", 1, true), Expect.soon());
    Network adopted = next.adopt(made.handle(), Expect.soon());

    assertSame(made, adopted);
    assertNotEquals(made.agent(), other.agent(), "the next instance gave a capsule's network away");
    other.release(Expect.soon());
    adopted.release(Expect.soon());
  }

  @Test
  void twoInstancesSideBySideNeverGiveTheSameNetwork() throws Exception {
    NetworkDriver second = open(PLENTY);
    Set<InetSocketAddress> agents = new HashSet<>();
    List<Network> networks = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      networks.add((i % 2 == 0 ? driver : second).acquire(plan("c" + i, 1, true), Expect.soon()));
      agents.add(networks.getLast().agent());
    }
    assertEquals(MANY, agents.size());
    for (Network network : networks) {
      network.release(Expect.soon());
    }
  }

  @Test
  void whatCannotBeProvenIsGone() throws Exception {
    Handle handle = driver.acquire(plan("c1", 1, true), Expect.soon()).handle();
    Handle empty = new Handle(handle.kind(), handle.driver(), handle.driverVersion(), handle.id(), Map.of());
    Expect.failure(Code.GONE, () -> driver.adopt(empty, Expect.soon()));
    driver.discard(handle.id(), Expect.soon());
    Expect.failure(Code.GONE, () -> driver.adopt(handle, Expect.soon()));

    Network heir = driver.acquire(plan("c2", 1, true), Expect.soon());
    Expect.failure(Code.GONE, () -> driver.adopt(handle, Expect.soon()));
    assertSame(heir, driver.adopt(heir.handle(), Expect.soon()));
    heir.release(Expect.soon());
  }

  @Test
  void releasingTwiceIsFineAndTakesNothingFromTheNextOwner() throws Exception {
    Network network = driver.acquire(plan("c1", 1, true), Expect.soon());
    network.release(Expect.soon());
    Network next = driver.acquire(plan("c2", 1, true), Expect.soon());
    network.release(Expect.soon());
    driver.discard(network.handle().id(), Expect.soon());
    assertSame(next, driver.adopt(next.handle(), Expect.soon()));
    next.release(Expect.soon());
  }

  @Test
  void discardEndsWhatAnotherInstanceMadeAndNothingElse() throws Exception {
    driver.acquire(plan("c1", 2, true), Expect.soon());
    Network neighbour = driver.acquire(plan("c11", 2, true), Expect.soon());
    NetworkDriver second = open(PLENTY);
    second.discard(new PlanId("c1", 1), Expect.soon());
    driver.acquire(plan("c1", 2, true), Expect.soon());
    second.discard(new PlanId("c1", 2), Expect.soon());
    second.discard(new PlanId("never-made", 1), Expect.soon());
    assertSame(neighbour, second.adopt(neighbour.handle(), Expect.soon()));
    neighbour.release(Expect.soon());
  }

  @Test
  void timeThatIsUpIsATimeoutThatLeavesNothing() throws Exception {
    Expect.failure(Code.TIMEOUT, () -> driver.acquire(plan("c1", 1, true), Expect.passed()));
    Network network = driver.acquire(plan("c1", 2, true), Expect.soon());
    Expect.failure(Code.TIMEOUT, () -> driver.adopt(network.handle(), Expect.passed()));
    Expect.failure(Code.TIMEOUT, () -> network.release(Expect.passed()));
    network.release(Expect.soon());
  }

  @Test
  void badPlansAreRefused() {
    for (int port : new int[] {0, -1, 65_536}) {
      NetworkPlan bad = new NetworkPlan(new PlanId("c1", 1), port, true);
      Expect.failure(Code.INVALID, () -> driver.acquire(bad, Expect.soon()));
    }
  }

  @Test
  void whenAllAreTakenItSaysSoAndGoesOnWhenOneIsBack() throws Exception {
    closeAll();
    NetworkDriver small = open(FEW);
    Deque<Network> taken = new ArrayDeque<>();
    for (int i = 0; i < FEW; i++) {
      taken.push(small.acquire(plan("c" + i, 1, true), Expect.soon()));
    }
    DriverException full = Expect.failure(Code.NO_CAPACITY, () -> small.acquire(plan("late", 1, true), Expect.soon()));
    assertTrue(full.retryable());
    taken.pop().release(Expect.soon());
    taken.push(small.acquire(plan("late", 1, true), Expect.soon()));
    while (!taken.isEmpty()) {
      taken.pop().release(Expect.soon());
    }
  }

  @Test
  void manyAreMadeAndEndedSideBySide() throws Exception {
    List<Callable<Network>> work = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      NetworkPlan plan = plan("many-" + i, 1, i % 2 == 0);
      work.add(() -> driver.acquire(plan, Expect.soon()));
    }
    Set<InetSocketAddress> agents = new HashSet<>();
    List<Network> networks = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Network> done : threads.invokeAll(work)) {
        networks.add(done.get());
        agents.add(networks.getLast().agent());
      }
      assertEquals(MANY, agents.size());
      List<Callable<Void>> ends = new ArrayList<>();
      for (Network network : networks) {
        ends.add(() -> {
          network.release(Expect.soon());
          return null;
        });
      }
      for (Future<Void> done : threads.invokeAll(ends)) {
        done.get();
      }
    }
  }

  private NetworkDriver open(int capacity) throws Exception {
    NetworkDriver instance = openFor(capacity);
    opened.push(instance);
    return instance;
  }

  private void closeAll() throws Exception {
    while (!opened.isEmpty()) {
      close(opened.pop());
    }
  }

  private static NetworkPlan plan(String capsule, int generation, boolean egress) {
    return new NetworkPlan(new PlanId(capsule, generation), PORT, egress);
  }

  private static void assertSame(Network expected, Network actual) {
    assertEquals(expected.handle(), actual.handle());
    assertEquals(expected.attachment(), actual.attachment());
    assertEquals(expected.agent(), actual.agent());
  }
}
