package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MoveTest {
  /** The whole table, said once more: what is not here must be impossible. */
  private static final Map<State, Set<State>> REACHABLE = new EnumMap<>(Map.of(
      State.STARTING, EnumSet.of(State.RUNNING, State.ERROR),
      State.RUNNING, EnumSet.of(State.STOPPING, State.PAUSING, State.ERROR),
      State.PAUSING, EnumSet.of(State.PAUSED, State.RUNNING, State.ERROR),
      State.PAUSED, EnumSet.of(State.RESUMING, State.STOPPING),
      State.RESUMING, EnumSet.of(State.RUNNING, State.PAUSED),
      State.STOPPING, EnumSet.of(State.STOPPED),
      State.STOPPED, EnumSet.noneOf(State.class),
      State.ERROR, EnumSet.noneOf(State.class)));

  @Test
  void thereIsAMoveExactlyWhereTheTableHasOne() {
    for (State from : State.values()) {
      for (State to : State.values()) {
        assertEquals(REACHABLE.get(from).contains(to), Move.between(from, to).isPresent(), from + " to " + to);
      }
    }
  }

  @Test
  void aMoveFromElsewhereIsRefusedSayingWhoMayAskWhen() throws Exception {
    for (Move move : Move.values()) {
      for (State state : State.values()) {
        if (move.allowedFrom(state)) {
          move.check("cl-a", state);
        } else {
          HostException refused = assertThrows(HostException.class, () -> move.check("cl-a", state));
          assertEquals(HostException.Code.WRONG_STATE, refused.code());
          assertTrue(refused.getMessage().contains("cl-a") && refused.getMessage().contains(move.who()), refused.getMessage());
        }
      }
      assertFalse(move.who().isBlank());
    }
  }
}
