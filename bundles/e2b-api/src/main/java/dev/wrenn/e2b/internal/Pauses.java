package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService.Copy;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Pauses, what wakes a sandbox, and copies. Thread-safe. */
final class Pauses {
  private static final int MOST_COPIES = 100;

  private final PlatformServices platform;
  private final Sandboxes sandboxes;
  private final Terms terms;
  private final Views views;

  Pauses(PlatformServices platform, Sandboxes sandboxes, Terms terms, Views views) {
    this.platform = platform;
    this.sandboxes = sandboxes;
    this.terms = terms;
    this.views = views;
  }

  /** @param woken whether it was paused before */
  record Connected(Views.Sandbox sandbox, boolean woken) {}

  /** One of the two. */
  record Fork(Views.Sandbox sandbox, Failure.Body error) {}

  void pause(Caller caller, String shown, Requests.Pause request) throws PlatformException, NotOffered {
    if (Boolean.FALSE.equals(request.memory()) || "filesystem".equals(request.mode())) {
      throw new NotOffered("a pause without memory is not offered by this platform; pause with memory, and resume without it when you want it to boot anew");
    }
    Capsule capsule = sandboxes.need(caller, shown);
    if (Views.state(capsule).equals(Views.PAUSED)) {
      throw new PlatformException(PlatformException.Code.INVALID_STATE, "sandbox " + SandboxId.shown(capsule.id()) + " is paused already");
    }
    platform.capsules().pause(caller, capsule.id());
  }

  /** Wakes it if it is paused, and else puts its end off, never nearer. @param cold whether it boots from its disk without its memory */
  Connected connect(Caller caller, String shown, int seconds, boolean cold) throws PlatformException {
    Duration left = terms.within(caller, seconds);
    Capsule capsule = sandboxes.need(caller, shown);
    if (capsule.status() == CapsuleStatus.PAUSING) {
      // Joins the pause that is under way and waits for its end.
      capsule = platform.capsules().pause(caller, capsule.id());
    }
    boolean paused = capsule.status() != CapsuleStatus.RUNNING;
    Capsule running = paused ? wake(caller, capsule, left, cold) : sandboxes.extend(caller, shown, seconds);
    return new Connected(views.sandbox(running, sandboxes.tokens(caller, running)), paused);
  }

  /** As oldest clients ask. */
  Views.Sandbox resume(Caller caller, String shown, int seconds, Requests.Resume request) throws PlatformException, NotOffered {
    boolean cold = Boolean.FALSE.equals(request.memory());
    Capsule capsule = sandboxes.need(caller, shown);
    if (Boolean.TRUE.equals(request.autoPause()) && capsule.options().onEnd() != Then.PAUSE) {
      throw new NotOffered("autoPause is said when a sandbox is created, and can't be changed later on this platform");
    }
    if (capsule.status() == CapsuleStatus.RUNNING) {
      throw new PlatformException(PlatformException.Code.INVALID_STATE, "sandbox " + SandboxId.shown(capsule.id()) + " is running already");
    }
    return connect(caller, shown, seconds, cold).sandbox();
  }

  private Capsule wake(Caller caller, Capsule capsule, Duration left, boolean cold) throws PlatformException {
    return capsule.endAt().isEmpty() ? platform.capsules().resume(caller, capsule.id(), cold)
        : platform.capsules().resume(caller, capsule.id(), cold, left);
  }

  /** Running copies; each lives that long. */
  List<Fork> fork(Caller caller, String shown, int count, Duration left) throws PlatformException {
    if (count < 1 || count > MOST_COPIES) {
      throw Listing.invalid("count must be a number from 1 to " + MOST_COPIES);
    }
    Capsule capsule = sandboxes.need(caller, shown);
    List<Fork> forks = new ArrayList<>();
    for (Copy copy : platform.capsules().fork(caller, capsule.id(), count)) {
      forks.add(fork(caller, copy, left));
    }
    return forks;
  }

  private Fork fork(Caller caller, Copy copy, Duration left) {
    Optional<PlatformException> failure = copy.failure();
    if (failure.isPresent()) {
      return new Fork(null, Failure.of(failure.get()).body());
    }
    try {
      Capsule made = platform.capsules().endAt(caller, copy.capsule().orElseThrow().id(), Instant.now().plus(left));
      return new Fork(views.sandbox(made, sandboxes.tokens(caller, made)), null);
    } catch (PlatformException e) {
      return new Fork(null, Failure.of(e).body());
    }
  }
}
