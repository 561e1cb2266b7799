package dev.wrenn.spi.network;

import dev.wrenn.spi.PlanId;

/**
 * @param id whom the network is for
 * @param agentPort TCP port on which the agent listens in the guest
 * @param egress whether the guest may open connections to the outside (never to its host, other capsules, metadata services or
 *     private ranges)
 */
public record NetworkPlan(PlanId id, int agentPort, boolean egress) {}
