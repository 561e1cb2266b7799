package dev.wrenn.controlplane.internal;

import java.util.HashMap;
import java.util.Map;

/** What every process in a capsule finds in its environment about where it runs, in the words of both kinds of clients. */
final class Identity {
  private Identity() {}

  /** @param env the team's own variables; where they name the same, they win */
  static Map<String, String> with(String capsule, String template, Map<String, String> env) {
    Map<String, String> all = new HashMap<>(Map.of(
        "WRENN_SANDBOX", "true",
        "WRENN_SANDBOX_ID", capsule,
        "WRENN_TEMPLATE_ID", template,
        "E2B_SANDBOX", "true",
        // There ids hold letters and digits only.
        "E2B_SANDBOX_ID", capsule.replace("-", ""),
        "E2B_TEMPLATE_ID", template));
    all.putAll(env);
    return all;
  }
}
