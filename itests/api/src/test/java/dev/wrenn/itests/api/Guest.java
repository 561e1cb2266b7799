package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import java.io.IOException;

/** What tests look at inside a guest. */
final class Guest {
  private static final int ASKED = 20;
  private static final long MOST_MILLIS = 50;

  private Guest() {}

  /** What a line of shell prints there, which must succeed. */
  static String in(Api api, String capsule, String line) throws IOException, InterruptedException {
    JsonNode done = api.sh(capsule, line);
    assertEquals(0, done.get("exit_code").asInt(), done.toString());
    return done.get("stdout").asText().strip();
  }

  /** Asks in the guest and out here in turns: what is between the two answers on either side bounds how far the clocks may be apart. */
  static void assertClockIsRight(Api api, String capsule) throws IOException, InterruptedException {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < ASKED; i++) {
      long before = System.currentTimeMillis();
      long told = Long.parseLong(in(api, capsule, "date +%s%3N"));
      long after = System.currentTimeMillis();
      best = Math.min(best, told < before ? before - told : Math.max(0, told - after));
    }
    assertTrue(best <= MOST_MILLIS, "the guest's clock is " + best + " ms off");
  }
}
