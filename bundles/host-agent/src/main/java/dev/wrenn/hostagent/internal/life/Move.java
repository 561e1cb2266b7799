package dev.wrenn.hostagent.internal.life;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostedCapsule.State;
import java.util.Optional;

/**
 * The table of a capsule's states: every change that there is, from where to where, and who asks for it. There is no other way to
 * change a state. A capsule begins in {@link State#STARTING} by an order of the control plane, and after {@link State#STOPPED} or
 * {@link State#ERROR} the same id may begin a new life.
 */
enum Move {
  READY(State.STARTING, State.RUNNING, "its creation, when the agent has answered and all is on the disk"),
  FAIL(State.STARTING, State.ERROR, "its creation, when a step failed and what was made is undone; a destroy cancels it so too"),
  INTERRUPTED(State.STARTING, State.ERROR, "recovery: the host stopped while it was being made"),
  DESTROY(State.RUNNING, State.STOPPING, "the control plane"),
  IDLE(State.RUNNING, State.STOPPING, "the idle timer"),
  ENDED(State.STOPPING, State.STOPPED, "its ending, when nothing is left of it"),
  CRASH(State.RUNNING, State.ERROR, "the exit watch: its microVM ended by itself; the memory watch: its memory is not delivered any more"),
  LOST(State.RUNNING, State.ERROR, "adoption: a part of it can't be proven to be there"),
  PAUSE(State.RUNNING, State.PAUSING, "the control plane, or the idle timer; saving it as a template, too"),
  SAVED(State.PAUSING, State.PAUSED, "its pause, when all is saved durably and verified"),
  GO_ON(State.PAUSING, State.RUNNING, "its pause, when a step failed before that or it is to go on; recovery, too"),
  PAUSE_LOST(State.PAUSING, State.ERROR, "its pause, when it could not go on either"),
  RESUME(State.PAUSED, State.RESUMING, "the control plane"),
  RESUMED(State.RESUMING, State.RUNNING, "its resume, when the agent has answered"),
  RESUME_FAILED(State.RESUMING, State.PAUSED, "its resume, when a step failed and what was made is undone; recovery, too"),
  DESTROY_PAUSED(State.PAUSED, State.STOPPING, "the control plane");

  private final State from;
  private final State to;
  private final String who;

  Move(State from, State to, String who) {
    this.from = from;
    this.to = to;
    this.who = who;
  }

  State to() {
    return to;
  }

  String who() {
    return who;
  }

  /** The move between two states, if there is one. */
  static Optional<Move> between(State from, State to) {
    for (Move move : values()) {
      if (move.from == from && move.to == to) {
        return Optional.of(move);
      }
    }
    return Optional.empty();
  }

  boolean allowedFrom(State state) {
    return state == from;
  }

  /** @throws HostException {@code WRONG_STATE} when a capsule in that state can't make this move */
  void check(String id, State state) throws HostException {
    if (state != from) {
      throw new HostException(HostException.Code.WRONG_STATE, "state", "Capsule " + id + " is " + state + ": only when it is " + from
          + " can " + name() + " be asked for, by " + who);
    }
  }
}
