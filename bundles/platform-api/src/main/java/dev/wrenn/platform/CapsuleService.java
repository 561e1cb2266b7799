package dev.wrenn.platform;

import dev.wrenn.files.Files;
import dev.wrenn.process.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** The capsules of the caller's team. Thread-safe; calls block and are meant for virtual threads. */
@ProviderType
public interface CapsuleService {
  /**
   * Makes a capsule and returns when code can run in it.
   *
   * @param idempotencyKey the caller's own name for this request: repeated within a day it yields the same capsule; repeated with another
   *     request it is a {@code CONFLICT}
   * @throws PlatformException {@code INVALID_REQUEST} (also for more than one capsule of the team may have), {@code NOT_FOUND} (template),
   *     {@code QUOTA_EXCEEDED} (more than all of the team's capsules may have), {@code NO_HOSTS_AVAILABLE}, {@code AGENT_ERROR}. A
   *     capsule that failed stays listed as {@code ERROR} with step and reason, and the message names its id
   */
  Capsule create(Caller caller, NewCapsule request, Optional<String> idempotencyKey) throws PlatformException;

  /** In any state. @throws PlatformException {@code INVALID_REQUEST} for a malformed id, {@code NOT_FOUND} */
  Capsule get(Caller caller, String id) throws PlatformException;

  /**
   * Newest first; of more than 10,000 the newest. As long as nothing has changed it may be the same object as before, and after a change it
   * never is: who makes something of it may keep that with it.
   *
   * @param ended whether those that stopped or failed are shown too
   */
  List<Capsule> list(Caller caller, boolean ended) throws PlatformException;

  /** Ends a capsule in any state. Idempotent. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code HOST_UNAVAILABLE} */
  void destroy(Caller caller, String id) throws PlatformException;

  /** Counts as activity. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code INVALID_STATE} */
  void ping(Caller caller, String id) throws PlatformException;

  /**
   * The processes of a running capsule. One that is paused, or is being paused, is resumed first if its options say so ({@code wake}): however
   * many ask at once, that is done once and all wait for it.
   *
   * @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code INVALID_STATE}, {@code HOST_UNAVAILABLE}; {@code UNAVAILABLE}
   *     when it could not be woken, or not in time
   */
  Processes processes(Caller caller, String id) throws PlatformException;

  /** The files of a running capsule; wakes it as {@link #processes} does. @throws PlatformException as {@link #processes} */
  Files files(Caller caller, String id) throws PlatformException;

  /** The end of what kernel and agent wrote. @param lastBytes 1 to 4 MiB @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code HOST_UNAVAILABLE} */
  byte[] console(Caller caller, String id, int lastBytes) throws PlatformException;

  /** What became of a capsule, oldest first; the last 200 states of it. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} */
  List<StateChange> history(Caller caller, String id) throws PlatformException;

  /**
   * Sets the moment at which a running capsule is ended or paused, as its options say ({@code onEnd}), whatever it does; a moment that has
   * passed does it now. One that is paused is not ended while it is paused: said then, the moment is for the time after its pause.
   *
   * @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code INVALID_STATE}
   */
  Capsule endAt(Caller caller, String id, Instant end) throws PlatformException;

  /**
   * Saves a running capsule's memory and disk and ends what runs for it; returns when that is durable. Idempotent. A failure leaves it
   * running and says which step it was.
   *
   * @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code INVALID_STATE}, {@code CONFLICT} when it can't be saved at
   *     all, {@code HOST_UNAVAILABLE}, {@code AGENT_ERROR}
   */
  Capsule pause(Caller caller, String id) throws PlatformException;

  /**
   * Lets a paused capsule go on. Idempotent. A failure leaves it paused. If it has an end, that is put off: the time that was left at the pause
   * is left again, and at least the lifetime that it was made with, and five minutes. An end that was said while it was paused stays as said.
   *
   * @param cold whether it boots from its disk without its memory
   * @throws PlatformException as {@link #pause}; {@code QUOTA_EXCEEDED} when its team has given its room to others
   */
  Capsule resume(Caller caller, String id, boolean cold) throws PlatformException;

  /**
   * The same, with another end.
   *
   * @param lifetime after which its end comes, counted from when it goes on
   * @throws PlatformException as {@link #pause}
   */
  Capsule resume(Caller caller, String id, boolean cold, Duration lifetime) throws PlatformException;

  /**
   * Makes running copies of a running capsule, which goes on. A copy has the lifetime that the capsule was made with, from its own start on;
   * without one it ends when the capsule does, if that has an end.
   *
   * @param count 1 to 100
   * @return what came of each
   * @throws PlatformException as {@link #pause}; {@code QUOTA_EXCEEDED} when not all of them may be had
   */
  List<Copy> fork(Caller caller, String id, int count) throws PlatformException;

  /** One of the two. */
  record Copy(Optional<Capsule> capsule, Optional<PlatformException> failure) {}

  /**
   * Saves a running or paused capsule as a template of its team; it stays what it is.
   *
   * @param name absent: one is made up
   * @param overwrite whether it may take the place of a template of that name
   * @throws PlatformException as {@link #pause}; {@code NAME_RESERVED}, {@code TEMPLATE_NAME_TAKEN}
   */
  Template snapshot(Caller caller, String id, Optional<String> name, boolean overwrite) throws PlatformException;

  /**
   * Removes a template of the team.
   *
   * @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code FORBIDDEN} for one of the platform, {@code CONFLICT} while
   *     capsules that were made from it are there, {@code HOST_UNAVAILABLE}
   */
  void deleteTemplate(Caller caller, String name) throws PlatformException;

  /** What a capsule can be made from: the platform's images, and what the team has saved. */
  List<Template> templates(Caller caller) throws PlatformException;

  /**
   * Calls the listener after each change of a capsule of the caller's team, in order, on a thread of the platform; it should be quick.
   *
   * @return closes the subscription
   */
  AutoCloseable watch(Caller caller, Consumer<Capsule> listener);

  /**
   * An absent value means the default: template {@code minimal}, 1 vcpu, 512 MB, no timeout.
   *
   * @param timeoutSec idle seconds after which it is paused or ended, as the options say
   * @param lifetime after which it is ended or paused, as the options say, whatever it does; counted from when code can run in it; absent: never
   */
  record NewCapsule(
      Optional<String> template, Optional<Integer> vcpus, Optional<Integer> memoryMb, Optional<Integer> timeoutSec,
      Optional<Integer> diskMb, Optional<Duration> lifetime, CapsuleOptions options) {
    public NewCapsule(
        Optional<String> template, Optional<Integer> vcpus, Optional<Integer> memoryMb, Optional<Integer> timeoutSec, Optional<Integer> diskMb) {
      this(template, vcpus, memoryMb, timeoutSec, diskMb, Optional.empty(), CapsuleOptions.DEFAULT);
    }
  }

  /** @param steps what the way into this state took */
  record StateChange(Instant at, CapsuleStatus status, Optional<Capsule.Reason> reason, List<Capsule.Step> steps) {}

  /** @param type {@code base} or {@code snapshot} */
  record Template(
      String name, String type, Optional<Integer> vcpus, Optional<Integer> memoryMb, long sizeBytes, Instant createdAt,
      boolean platform, Map<String, String> metadata) {
    public Template(
        String name, String type, Optional<Integer> vcpus, Optional<Integer> memoryMb, long sizeBytes, Instant createdAt, boolean platform) {
      this(name, type, vcpus, memoryMb, sizeBytes, createdAt, platform, Map.of());
    }
  }
}
