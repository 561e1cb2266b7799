package dev.wrenn.hostagent.internal;

import dev.wrenn.spi.PlanId;

/** A seam for tests: called before and after each numbered step of a capsule's life. */
@FunctionalInterface
public interface FaultPoint {
  FaultPoint NONE = (step, id) -> {};

  /**
   * @param step {@code before disk}, {@code after disk} …
   */
  void at(String step, PlanId id);
}
