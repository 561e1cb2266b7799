package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostedCapsule.Step;
import dev.wrenn.hostagent.internal.FaultPoint;
import dev.wrenn.spi.PlanId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** What each step of a create took. Thread-safe: steps may overlap. */
final class Steps {
  private final List<Step> done = new ArrayList<>();
  private final FaultPoint faults;
  private final PlanId id;
  private String current = "admission";

  Steps(FaultPoint faults, PlanId id) {
    this.faults = faults;
    this.id = id;
  }

  /** Does a step under its name; it is counted whether it succeeds or fails. @throws StepFailure naming the step */
  <T> T take(String name, Callable<T> work) throws StepFailure {
    begin(name);
    long began = System.nanoTime();
    try {
      faults.at("before " + name, id);
      T result = work.call();
      faults.at("after " + name, id);
      return result;
    } catch (Throwable e) {
      throw new StepFailure(name, e);
    } finally {
      add(new Step(name, (System.nanoTime() - began) / 1e4 / 100));
    }
  }

  synchronized List<Step> list() {
    return List.copyOf(done);
  }

  /** The step that began last: where a failure happened that doesn't say so itself. */
  synchronized String current() {
    return current;
  }

  private synchronized void begin(String name) {
    current = name;
  }

  private synchronized void add(Step step) {
    done.add(step);
  }
}
