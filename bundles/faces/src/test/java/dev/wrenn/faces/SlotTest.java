package dev.wrenn.faces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlotTest {
  @Test
  void whoComesInTheGapGetsTheNextOne() throws Exception {
    Slot<String> slot = new Slot<>("capsules", Duration.ofSeconds(60));
    slot.bind("old");
    slot.unbind("old");
    FutureTask<String> comes = new FutureTask<>(slot::get);
    Thread.ofVirtual().start(comes);
    slot.bind("new");
    assertEquals("new", comes.get(60, TimeUnit.SECONDS));
  }

  @Test
  void theEndOfAnOlderOneTakesNothingAway() throws Exception {
    Slot<String> slot = new Slot<>("capsules", Duration.ZERO);
    slot.bind("old");
    slot.bind("new");
    slot.unbind("old");
    assertEquals("new", slot.get());
    slot.unbind("new");
    assertFalse(slot.filled());
  }

  @Test
  void whoWaitsInVainIsToldWhatIsMissing() {
    PlatformException e = assertThrows(PlatformException.class, () -> new Slot<>("capsules", Duration.ofMillis(1)).get());
    assertEquals(PlatformException.Code.UNAVAILABLE, e.code());
    assertTrue(e.getMessage().contains("\"capsules\""), e.getMessage());
  }
}
