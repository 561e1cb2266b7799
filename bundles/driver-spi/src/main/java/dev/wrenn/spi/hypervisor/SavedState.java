package dev.wrenn.spi.hypervisor;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of a microVM whose devices are in a state file and whose pages went to a sink. Readable by people, holds no secret, and is kept
 * beside the two as text.
 *
 * @param needs facts that the driver and the plan of a {@link HypervisorDriver#restore restore} must match; the driver that saved decides
 *     which there are and how exactly each must match. Sorted, never null. Names that every driver uses alike: {@link #DRIVER},
 *     {@link #FORMAT}, {@link #MEMORY_MIB}, {@link #VCPUS}; those of QEMU besides: {@code accelerator}, {@code address}, {@code cpu},
 *     {@code kernel} (SHA-256 of its file), {@code mac}, {@code machine}, {@code network}, {@code qemu}, {@code tsc_khz}
 */
public record SavedState(Map<String, String> needs) {
  /** Name of the driver that saved. */
  public static final String DRIVER = "driver";
  /** How the driver writes its state files; another one is not read. */
  public static final String FORMAT = "format";
  /** Memory of the guest in MiB. */
  public static final String MEMORY_MIB = "memory_mib";
  public static final String VCPUS = "vcpus";

  public SavedState {
    needs = Collections.unmodifiableMap(new TreeMap<>(needs));
  }
}
