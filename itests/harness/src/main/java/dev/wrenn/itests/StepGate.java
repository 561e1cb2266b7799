package dev.wrenn.itests;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.Location;
import com.sun.jdi.Method;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StringReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.Value;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Holds a platform at the numbered steps of a capsule's life, as a debugger does: what runs is the product and nothing else. Each
 * capsule may be held at a step of its own, so one kill meets many of them. Thread-safe.
 */
public final class StepGate implements AutoCloseable {
  private static final Duration REACH = Duration.ofSeconds(240);
  private static final String SEAM = "dev.wrenn.hostagent.internal.FaultPoint";

  /** @param step as {@code after save} */
  public record Place(String capsule, String step) {}

  private final VirtualMachine machine;
  private final Set<String> anyone = ConcurrentHashMap.newKeySet();
  private final Set<Place> armed = ConcurrentHashMap.newKeySet();
  private final Map<Place, ThreadReference> held = new ConcurrentHashMap<>();
  private final List<Place> passed = new java.util.concurrent.CopyOnWriteArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  private StepGate(VirtualMachine machine) {
    this.machine = machine;
  }

  /** What a JVM needs to be held. Each thread that is held takes a carrier of virtual threads with it. */
  public static String options(int port, int threads) {
    return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:" + port + " -Djdk.virtualThreadScheduler.parallelism=" + threads
        + " -Djdk.virtualThreadScheduler.maxPoolSize=" + 4 * threads;
  }

  /** @param port on which the JVM of a platform listens that makes capsules already */
  public static StepGate attach(int port) throws IOException {
    AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
        .filter(c -> c.transport().name().equals("dt_socket")).findFirst().orElseThrow();
    Map<String, Connector.Argument> arguments = connector.defaultArguments();
    arguments.get("hostname").setValue("127.0.0.1");
    arguments.get("port").setValue(Integer.toString(port));
    try {
      StepGate gate = new StepGate(connector.attach(arguments));
      gate.begin();
      return gate;
    } catch (IllegalConnectorArgumentsException e) {
      throw new IOException(e);
    }
  }

  private void begin() {
    BreakpointRequest request = machine.eventRequestManager().createBreakpointRequest(seam());
    request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
    request.enable();
    Thread.ofPlatform().daemon().name("step-gate").start(this::listen);
  }

  /** The body of what the product does at a step: nothing. */
  private Location seam() {
    for (ReferenceType type : machine.classesByName(SEAM)) {
      for (Method method : type.methods()) {
        if (method.isSynthetic() && method.isStatic() && method.name().startsWith("lambda$")) {
          return method.location();
        }
      }
    }
    throw new AssertionError(SEAM + " is not there, or does something: " + machine.classesByName(SEAM).stream().map(ReferenceType::methods).toList());
  }

  private void listen() {
    try {
      while (true) {
        EventSet events = machine.eventQueue().remove();
        boolean stays = false;
        for (Event event : events) {
          stays |= event instanceof BreakpointEvent reached && holds(reached.thread());
        }
        if (!stays) {
          events.resume();
        }
      }
    } catch (VMDisconnectedException | InterruptedException end) {
      ended.countDown();
    }
  }

  private boolean holds(ThreadReference thread) {
    Place place = place(thread);
    passed.add(place);
    if (!armed.remove(place) && !anyone.remove(place.step())) {
      return false;
    }
    held.put(place, thread);
    return true;
  }

  private static Place place(ThreadReference thread) {
    try {
      List<Value> arguments = thread.frame(0).getArgumentValues();
      ObjectReference id = (ObjectReference) arguments.get(1);
      Value capsule = id.getValue(id.referenceType().fieldByName("capsule"));
      return new Place(((StringReference) capsule).value(), ((StringReference) arguments.get(0)).value());
    } catch (IncompatibleThreadStateException e) {
      throw new AssertionError("a thread at a breakpoint is not held", e);
    }
  }

  /** The next time that this capsule comes there, it stays. */
  public void hold(String capsule, String step) {
    armed.add(new Place(capsule, step));
  }

  /** Whoever comes there next stays. */
  public void holdAnyone(String step) {
    anyone.add(step);
  }

  /** @return whom {@link #holdAnyone} has held there */
  public String awaitAnyone(String step) {
    return Await.until("anyone to be held " + step + "; passed: " + passed, REACH, () -> held.keySet().stream().filter(place -> place.step().equals(step))
        .map(Place::capsule).findFirst().orElse(""), capsule -> !capsule.isEmpty());
  }

  public void awaitHeld(String capsule, String step) {
    Place place = new Place(capsule, step);
    Await.until("to be held at " + place + "; it passed " + passed, REACH, () -> held.containsKey(place), there -> there);
  }

  /** Lets it go on. */
  public void release(String capsule, String step) {
    ThreadReference thread = held.remove(new Place(capsule, step));
    if (thread == null) {
      throw new AssertionError(capsule + " is not held " + step);
    }
    thread.resume();
  }

  /** Steps that a capsule has come by, in order. */
  public List<String> passed(String capsule) {
    return passed.stream().filter(place -> place.capsule().equals(capsule)).map(Place::step).toList();
  }

  /** Lets everything go on and lets go of the JVM, if it is still there. */
  @Override
  public void close() {
    try {
      machine.dispose();
    } catch (VMDisconnectedException killed) {
      // What was to happen to it has happened.
    }
  }
}
