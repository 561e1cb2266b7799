package dev.wrenn.spi;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a driver found when it tried.
 *
 * @param usable whether a capsule can be made with it here
 * @param summary one sentence for an operator: what works how, or why not and what to do
 * @param facts details with stable names: {@code accelerator}, {@code kvm.reason}, {@code free_bytes} …
 */
public record Probe(boolean usable, String summary, Map<String, String> facts) {
  public Probe {
    facts = java.util.Collections.unmodifiableMap(new TreeMap<>(facts));
  }
}
