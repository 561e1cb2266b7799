package dev.wrenn.platform;

import dev.wrenn.process.Processes;
import java.util.List;
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
   * @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} (template), {@code NO_HOSTS_AVAILABLE}, {@code AGENT_ERROR}. A
   *     capsule that failed stays listed as {@code ERROR} with step and reason, and the message names its id
   */
  Capsule create(Caller caller, NewCapsule request, Optional<String> idempotencyKey) throws PlatformException;

  /** In any state. @throws PlatformException {@code INVALID_REQUEST} for a malformed id, {@code NOT_FOUND} */
  Capsule get(Caller caller, String id) throws PlatformException;

  /** Newest first. @param ended whether those that stopped or failed are shown too */
  List<Capsule> list(Caller caller, boolean ended) throws PlatformException;

  /** Ends a capsule in any state. Idempotent. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code HOST_UNAVAILABLE} */
  void destroy(Caller caller, String id) throws PlatformException;

  /** Counts as activity. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code INVALID_STATE} */
  void ping(Caller caller, String id) throws PlatformException;

  /** @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code INVALID_STATE}, {@code HOST_UNAVAILABLE} */
  Processes processes(Caller caller, String id) throws PlatformException;

  /** What a capsule can be made from. */
  List<Template> templates(Caller caller) throws PlatformException;

  /**
   * Calls the listener after each change of a capsule of the caller's team, in order, on a thread of the platform; it should be quick.
   *
   * @return closes the subscription
   */
  AutoCloseable watch(Caller caller, Consumer<Capsule> listener);

  /** An absent value means the default: template {@code minimal}, 1 vcpu, 512 MB, no timeout. */
  record NewCapsule(
      Optional<String> template, Optional<Integer> vcpus, Optional<Integer> memoryMb, Optional<Integer> timeoutSec,
      Optional<Integer> diskMb) {}

  /** @param type {@code base} or {@code snapshot} */
  record Template(
      String name, String type, Optional<Integer> vcpus, Optional<Integer> memoryMb, long sizeBytes, java.time.Instant createdAt,
      boolean platform) {}
}
