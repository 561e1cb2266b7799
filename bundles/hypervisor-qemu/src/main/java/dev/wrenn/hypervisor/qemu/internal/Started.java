package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.linux.BoundedLog;
import dev.wrenn.linux.ProcessId;
import java.util.Optional;
import java.nio.channels.SocketChannel;

/**
 * A QEMU that runs its guest.
 *
 * @param user the user it runs as; −1 for this one
 * @param console its console, when the guest was to have one
 */
record Started(CapsuleDirectory directory, Process process, ProcessId pid, int user, BoundedLog log, Qmp qmp, Optional<SocketChannel> console) {}
