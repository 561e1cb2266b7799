package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.hostagent.internal.life.MemoryChoice.Mode;
import dev.wrenn.hostagent.internal.life.MemoryChoice.Situation;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemoryChoiceTest {
  private static final Set<String> BOTH = Set.of("image", "paged");

  @Test
  void aFlatImageThatIsThereIsMapped() {
    MemoryChoice choice = MemoryChoice.of(Mode.AUTO, new Situation(true, false, 3, BOTH, Optional.empty()));
    assertEquals(new MemoryChoice(false, "a flat image is there, which is mapped and shared"), choice);
  }

  @Test
  void severalOfOneTemplateShareTheImageThatIsBeingMade() {
    MemoryChoice choice = MemoryChoice.of(Mode.AUTO, new Situation(false, true, 3, BOTH, Optional.empty()));
    assertTrue(!choice.paged() && choice.reason().contains("share"), choice.toString());
  }

  @Test
  void whatWouldHaveToBeCopiedFirstIsDelivered() {
    MemoryChoice choice = MemoryChoice.of(Mode.AUTO, new Situation(false, false, 3, BOTH, Optional.empty()));
    assertEquals(new MemoryChoice(true, "its memory lies in 3 layers and need not be copied before it starts"), choice);
  }

  @Test
  void theConfigurationIsObeyedAsFarAsItCan() {
    assertEquals(new MemoryChoice(false, "the configuration says so"),
        MemoryChoice.of(Mode.IMAGE, new Situation(false, false, 1, BOTH, Optional.empty())));
    assertEquals(new MemoryChoice(true, "the configuration says so"),
        MemoryChoice.of(Mode.PAGED, new Situation(true, false, 1, BOTH, Optional.empty())));
    MemoryChoice without = MemoryChoice.of(Mode.PAGED, new Situation(false, false, 1, BOTH, Optional.of("not permitted")));
    assertTrue(!without.paged() && without.reason().contains("not permitted"), without.toString());
    MemoryChoice driver = MemoryChoice.of(Mode.PAGED, new Situation(false, false, 1, Set.of("image"), Optional.empty()));
    assertTrue(!driver.paged() && driver.reason().contains("driver"), driver.toString());
  }
}
