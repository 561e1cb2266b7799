package dev.wrenn.network.tap.internal;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.NetworkPlan;
import java.util.Map;

/** Whom a slot belongs to, and what for: the plan as it stands in the slot's marker. */
record Owner(NetworkPlan plan) {
  private static final String CAPSULE = "capsule";
  private static final String GENERATION = "generation";
  private static final String PORT = "agent_port";
  private static final String EGRESS = "egress";

  PlanId id() {
    return plan.id();
  }

  Map<String, String> facts() {
    return Map.of(CAPSULE, id().capsule(), GENERATION, Integer.toString(id().generation()), PORT, Integer.toString(plan.agentPort()),
        EGRESS, Boolean.toString(plan.egress()));
  }

  static boolean isNamed(Map<String, String> facts) {
    return facts.containsKey(CAPSULE);
  }

  static Owner of(Map<String, String> facts) {
    PlanId id = new PlanId(facts.get(CAPSULE), Integer.parseInt(facts.get(GENERATION)));
    return new Owner(new NetworkPlan(id, Integer.parseInt(facts.get(PORT)), Boolean.parseBoolean(facts.get(EGRESS))));
  }
}
