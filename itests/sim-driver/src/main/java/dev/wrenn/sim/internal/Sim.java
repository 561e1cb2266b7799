package dev.wrenn.sim.internal;

/** What the simulated drivers are called. */
final class Sim {
  static final String NAME = "sim";
  static final String VERSION = "0.1.0";

  private Sim() {}
}
