package dev.wrenn.spi.hypervisor;

import dev.wrenn.spi.memory.PageSink;
import java.nio.file.Path;

/**
 * Where a frozen microVM is saved to.
 *
 * @param stateFile takes the state of processors and devices: absolute, not there yet, in a directory that is there. Some tens of KiB
 * @param pages takes the memory; it makes durable what it gets
 */
public record SavePlan(Path stateFile, PageSink pages) {}
