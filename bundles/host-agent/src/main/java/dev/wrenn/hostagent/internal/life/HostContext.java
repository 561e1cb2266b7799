package dev.wrenn.hostagent.internal.life;

import dev.wrenn.guest.GuestClients;
import dev.wrenn.hostagent.internal.FaultPoint;
import dev.wrenn.hostagent.internal.HostSettings;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.machine.Admission;
import dev.wrenn.hostagent.internal.machine.Capacity;
import dev.wrenn.hostagent.internal.machine.GuestFiles;
import dev.wrenn.spi.PlanId;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * What all lives on a host share.
 *
 * @param tokens access token of the agent of a life
 * @param tokenHashes what the guest may know of it at boot
 * @param userTokens what opens a capsule's agent to its user, by the capsule's id
 * @param variables by which a set of variables is known again, and not found out
 * @param machineIds of the guest in a life
 * @param boots permits to start a microVM
 * @param captures where disks are captured to
 * @param memories where restored microVMs get their memory from
 * @param warm guests that are kept booted
 */
public record HostContext(
    HostSettings settings, Drivers drivers, Admission admission, Capacity capacity, GuestFiles files, GuestClients guests,
    Function<PlanId, String> tokens, Function<PlanId, String> tokenHashes, Function<String, String> userTokens,
    Function<Map<String, String>, String> variables, Function<PlanId, String> machineIds, Semaphore boots,
    SnapshotGate snapshots, Captures captures, WarmStock warm, Memories memories, FaultPoint faults) {}
