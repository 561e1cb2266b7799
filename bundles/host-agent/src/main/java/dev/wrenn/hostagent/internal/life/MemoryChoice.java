package dev.wrenn.hostagent.internal.life;

import java.util.Optional;
import java.util.Set;

/**
 * How a restored microVM gets its memory, and why: mapped from a flat image, or delivered by the page server from the layers.
 *
 * @param reason for people
 */
record MemoryChoice(boolean paged, String reason) {
  /** What the configuration says. */
  enum Mode { AUTO, IMAGE, PAGED }

  /**
   * What is known before a choice.
   *
   * @param flat whether there is a flat image already
   * @param making whether one is being made just now, for others that come from the same template
   * @param layers in how many its memory lies
   * @param accepts what the hypervisor driver takes
   * @param trouble why the page server can deliver nothing now; empty when it can
   */
  record Situation(boolean flat, boolean making, int layers, Set<String> accepts, Optional<String> trouble) {}

  static MemoryChoice of(Mode mode, Situation now) {
    if (mode == Mode.IMAGE) {
      return image("the configuration says so");
    }
    if (mode == Mode.AUTO && now.flat()) {
      return image("a flat image is there, which is mapped and shared");
    }
    if (mode == Mode.AUTO && now.making()) {
      return image("a flat image is being made for several of its template, which share it");
    }
    if (!now.accepts().contains("paged")) {
      return image("the hypervisor driver takes no other here" + (now.accepts().contains("image") ? "" : ", nor this one"));
    }
    if (now.trouble().isPresent()) {
      return image("the page server delivers nothing now: " + now.trouble().get());
    }
    if (mode == Mode.PAGED) {
      return new MemoryChoice(true, "the configuration says so");
    }
    String layers = now.layers() == 1 ? "one layer" : now.layers() + " layers";
    return new MemoryChoice(true, "its memory lies in " + layers + " and need not be copied before it starts");
  }

  private static MemoryChoice image(String reason) {
    return new MemoryChoice(false, reason);
  }
}
