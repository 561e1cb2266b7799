package dev.wrenn.hostagent.internal.journal;

import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostedCapsule;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.host.HostedCapsule.Step;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * All that is known durably of one life of a capsule.
 *
 * @param order without its variables, which are often credentials of a user
 * @param variables by which their values can be known again, but not found out
 * @param sequence of the change that made this picture
 * @param agent where the host reaches the agent, {@code host:port}
 * @param drivers names of the drivers, by kind; what they made is found by the plan's id even when there is no handle
 * @param handles what the drivers made, by kind; for another id than this one where the capsule has taken over a guest that was ready
 * @param clean whether nothing of it is left on the host
 */
public record CapsuleRecord(
    CapsuleOrder order,
    String variables,
    int generation,
    State state,
    long sequence,
    Optional<String> agent,
    Instant createdAt,
    Optional<Instant> startedAt,
    Optional<Instant> endedAt,
    Optional<Instant> lastActiveAt,
    Optional<Failure> failure,
    List<Step> steps,
    Map<String, String> facts,
    Map<String, String> drivers,
    Map<String, Handle> handles,
    boolean clean) {
  /** Fact: its memory may have been asked for at a page server; there before it is asked. */
  private static final String PAGES = "pages";
  /** Facts that are this host's own business. */
  private static final Set<String> OWN = Set.of("memory_map", "saved", "frozen", "memory_whole", PAGES);

  public CapsuleRecord {
    order = bare(order);
    steps = List.copyOf(steps);
    facts = Map.copyOf(facts);
    drivers = Map.copyOf(drivers);
    handles = Map.copyOf(handles);
  }

  public static CapsuleRecord starting(
      CapsuleOrder order, String variables, int generation, Instant now, Map<String, String> drivers) {
    return new CapsuleRecord(order, variables, generation, State.STARTING, 0, Optional.empty(), now, Optional.empty(), Optional.empty(),
        Optional.empty(), Optional.empty(), List.of(), Map.of(), drivers, Map.of(), false);
  }

  private static CapsuleOrder bare(CapsuleOrder order) {
    return order.env().isEmpty() ? order : new CapsuleOrder(order.id(), order.team(), order.image(), order.vcpus(), order.memoryMib(),
        order.diskMib(), order.idleTimeout(), order.defaultUser(), Map.of(), order.egress(), order.endsIdle());
  }

  /** Whether an order is the one that this was made by. @param theirs by which its variables are known again */
  public boolean madeBy(CapsuleOrder other, String theirs) {
    return order.equals(bare(other)) && variables.equals(theirs);
  }

  public PlanId id() {
    return new PlanId(order.id(), generation);
  }

  /** Whether a page server delivers its memory, or has delivered it. */
  public boolean paged() {
    return facts.getOrDefault("memory", "").equals("paged");
  }

  /** Whether a page server may have something of it. */
  public boolean maybePaged() {
    return paged() || facts.containsKey(PAGES);
  }

  /** Before it is made from what was saved, for then its memory may be delivered. What it is made of in the end takes its place. */
  public CapsuleRecord restoring() {
    return withFact(PAGES, "maybe");
  }

  public boolean over() {
    return state == State.STOPPED || state == State.ERROR;
  }

  public HostedCapsule picture(Optional<Instant> active) {
    // The contract names the guest; the port is a matter between this host and the agent.
    Optional<String> guest = agent.map(address -> address.substring(0, address.lastIndexOf(':')));
    Map<String, String> told = new TreeMap<>(facts);
    told.keySet().removeAll(OWN);
    return new HostedCapsule(order, state, sequence, guest, createdAt, startedAt, active.or(() -> lastActiveAt), failure, steps, told);
  }

  public CapsuleRecord withSequence(long next) {
    return new CapsuleRecord(order, variables, generation, state, next, agent, createdAt, startedAt, endedAt, lastActiveAt, failure, steps, facts,
        drivers, handles, clean);
  }

  public CapsuleRecord withDrivers(Map<String, String> names) {
    return new CapsuleRecord(order, variables, generation, state, sequence, agent, createdAt, startedAt, endedAt, lastActiveAt, failure, steps, facts,
        names, handles, clean);
  }

  public CapsuleRecord withSteps(List<Step> took) {
    return new CapsuleRecord(order, variables, generation, state, sequence, agent, createdAt, startedAt, endedAt, lastActiveAt, failure, took, facts,
        drivers, handles, clean);
  }

  public CapsuleRecord withActivity(Instant at) {
    return new CapsuleRecord(order, variables, generation, state, sequence, agent, createdAt, startedAt, endedAt, Optional.of(at), failure, steps,
        facts, drivers, handles, clean);
  }

  public CapsuleRecord running(Instant at, String address, List<Step> took, Map<String, String> told, Map<String, Handle> made) {
    return new CapsuleRecord(order, variables, generation, State.RUNNING, sequence, Optional.of(address), createdAt, Optional.of(at), endedAt,
        Optional.of(at), failure, took, told, drivers, made, false);
  }

  public CapsuleRecord withHandles(Map<String, Handle> made) {
    return new CapsuleRecord(order, variables, generation, state, sequence, agent, createdAt, startedAt, endedAt, lastActiveAt, failure, steps, facts,
        drivers, made, clean);
  }

  public CapsuleRecord withFact(String name, String value) {
    return in(state, agent, endedAt, failure, steps, with(name, value), handles, clean);
  }

  /** On its way into a pause. @param saved counts what was saved of it */
  public CapsuleRecord pausing(long saved) {
    return in(State.PAUSING, agent, endedAt, failure, steps, with("saved", Long.toString(saved)), handles, clean);
  }

  /** It goes on as it was. @param frozen whether it may stand still, and has to be woken first */
  public CapsuleRecord goingOn(boolean frozen, List<Step> took) {
    Map<String, String> told = new TreeMap<>(facts);
    told.remove("frozen");
    if (frozen) {
      told.put("frozen", "maybe");
    }
    return in(State.RUNNING, agent, endedAt, failure, took, told, handles, false);
  }

  /** All of it is saved; what was there for it may still be there. */
  public CapsuleRecord paused(Optional<Failure> why, List<Step> took) {
    Map<String, String> told = new TreeMap<>(facts);
    told.remove("memory_map");
    told.remove("memory_whole");
    return in(State.PAUSED, Optional.empty(), endedAt, why, took, told, handles, false);
  }

  public CapsuleRecord resuming(Map<String, String> names) {
    return new CapsuleRecord(order, variables, generation, State.RESUMING, sequence, Optional.empty(), createdAt, startedAt, endedAt, lastActiveAt,
        Optional.empty(), List.of(), with(PAGES, "maybe"), names, Map.of(), false);
  }

  public CapsuleRecord resumed(String address, Instant at, List<Step> took, Map<String, String> told, Map<String, Handle> made) {
    Map<String, String> all = new TreeMap<>(told);
    Optional.ofNullable(facts.get("saved")).ifPresent(saved -> all.put("saved", saved));
    return new CapsuleRecord(order, variables, generation, State.RUNNING, sequence, Optional.of(address), createdAt, startedAt, endedAt,
        Optional.of(at), Optional.empty(), took, all, drivers, made, false);
  }

  private Map<String, String> with(String name, String value) {
    Map<String, String> told = new TreeMap<>(facts);
    told.put(name, value);
    return told;
  }

  private CapsuleRecord in(State next, Optional<String> at, Optional<Instant> end, Optional<Failure> why, List<Step> took,
      Map<String, String> told, Map<String, Handle> made, boolean nothingLeft) {
    return new CapsuleRecord(order, variables, generation, next, sequence, at, createdAt, startedAt, end, lastActiveAt, why, took, told, drivers, made,
        nothingLeft);
  }

  /** In a state after running, or a failed one; the address is no more. */
  public CapsuleRecord ending(State next, Instant at, Optional<Failure> why, List<Step> took) {
    return new CapsuleRecord(order, variables, generation, next, sequence, Optional.empty(), createdAt, startedAt, Optional.of(at), lastActiveAt, why,
        took, facts, drivers, handles, false);
  }

  /** Nothing is left of it on the host. */
  public CapsuleRecord cleaned() {
    Map<String, String> told = new TreeMap<>(facts);
    told.remove(PAGES);
    return in(state, agent, endedAt, failure, steps, told, Map.of(), true);
  }
}
