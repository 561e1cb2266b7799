package dev.wrenn.host;

import dev.wrenn.files.Files;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.Processes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One machine that runs capsules: this one, or another one behind a link. An OSGi service with the property {@value #ID}. Thread-safe;
 * calls block and are meant for virtual threads. The host is the truth of what runs.
 */
@ProviderType
public interface HostAgent {
  /** Service property, String: id of the host. */
  String ID = "dev.wrenn.host.id";

  HostStatus status();

  /**
   * Makes a capsule and returns when its agent answers. The same order again returns the same capsule; so a caller that lost the
   * answer asks again. On failure nothing of it is left on the host but a record of kind {@link HostedCapsule.State#ERROR}.
   *
   * @throws HostException {@code INVALID}, {@code NOT_FOUND} (image), {@code CONFLICT} (another order under that id),
   *     {@code NO_CAPACITY}, {@code TIMEOUT}, {@code UNAVAILABLE} (a driver is missing or this host is going down), {@code FAILED}; the
   *     step says where
   */
  HostedCapsule create(CapsuleOrder order, Duration within) throws HostException;

  /** Ends a capsule in any state, one that is being made too. Idempotent: an unknown id succeeds. */
  void destroy(String capsule, Duration within) throws HostException;

  /**
   * Saves a running capsule and ends all that runs for it: paused it holds no process, no network and no memory, and its processes, memory
   * and open files go on with {@link #resume}. Returns when it is saved durably and verified. Idempotent. A failure before that leaves it
   * running; its connections have been broken then, and can be made anew.
   *
   * @throws HostException {@code NOT_FOUND}; {@code WRONG_STATE}; {@code INVALID} when what it runs on can't save; {@code NO_CAPACITY}
   *     without room on the disk; {@code TIMEOUT}, {@code UNAVAILABLE}, {@code FAILED}; the step says where
   */
  HostedCapsule pause(String capsule, Duration within) throws HostException;

  /**
   * Lets a paused capsule go on, and returns when its agent answers with the right time. Idempotent. A failure leaves it paused.
   *
   * @param cold whether it is to be booted from its disk as that was, without its memory: for one whose memory can't be restored here
   * @throws HostException as {@link #pause}, and {@code INVALID} when what was saved can't be restored here, saying why
   */
  HostedCapsule resume(String capsule, boolean cold, Duration within) throws HostException;

  /**
   * Saves a running or paused capsule under a name, from which any number of capsules start with its memory and its disk. A running one
   * goes on after a short freeze, in which its connections are broken. In place of an older template of that name.
   *
   * @throws HostException as {@link #pause}; {@code CONFLICT} when the name is that of an image
   */
  HostStatus.Image template(String capsule, String name, Duration within) throws HostException;

  /** Removes such a template; capsules that were made of it stay. Idempotent. @throws HostException {@code CONFLICT} when the name is that of an image; {@code FAILED} */
  void deleteTemplate(String name) throws HostException;

  /**
   * Makes running copies of a running capsule, which goes on after one short freeze. Copies share its memory and disk until they change them.
   *
   * @param copies an order for each; image, processors, memory and disk are the original's
   * @return what came of each, in the same order
   * @throws HostException as {@link #pause}, when no copy could be begun
   */
  List<Copy> fork(String capsule, List<CapsuleOrder> copies, Duration within) throws HostException;

  /** One of the two. */
  record Copy(Optional<HostedCapsule> capsule, Optional<HostException> failure) {}

  /** Capsules that this host has, and for some minutes those that failed or ended, with the reason. */
  List<HostedCapsule> list();

  Optional<HostedCapsule> find(String capsule);

  /** Counts as activity: the idle time starts anew. @throws HostException {@code NOT_FOUND}, {@code WRONG_STATE} */
  void touch(String capsule) throws HostException;

  /** @throws HostException {@code NOT_FOUND}, {@code WRONG_STATE} */
  Processes processes(String capsule) throws HostException;

  /** The files of a running capsule. @throws HostException {@code NOT_FOUND}, {@code WRONG_STATE} */
  Files files(String capsule) throws HostException;

  /**
   * Opens a connection to a TCP port in the guest, on whichever of the guest's own addresses it listens, loopback first. Counts as activity
   * while bytes flow.
   *
   * @throws HostException {@code NOT_FOUND}, {@code WRONG_STATE}; {@code INVALID} for a port outside 1 to 65535 and for the agent's own;
   *     {@code NO_LISTENER} when nothing listens there; {@code NO_CAPACITY} when the capsule has too many; {@code UNAVAILABLE},
   *     {@code TIMEOUT}
   */
  GuestSocket connect(String capsule, int port, Duration within) throws HostException;

  /**
   * Opens a connection to the agent itself, for clients that speak its protocol with the capsule's {@link #accessToken}: what only the host
   * may do is closed to them.
   *
   * @throws HostException as {@link #connect}
   */
  GuestSocket connectAgent(String capsule, Duration within) throws HostException;

  /**
   * The secret that opens a capsule's agent to its user; the same for the capsule's whole life. Never log it.
   *
   * @throws HostException {@code NOT_FOUND}
   */
  String accessToken(String capsule) throws HostException;

  /** Oldest first; empty where nothing was sampled. @throws HostException {@code NOT_FOUND} */
  List<MetricPoint> metrics(String capsule, MetricPoint.Tier tier) throws HostException;

  /** The newest point of every running capsule, by id. */
  Map<String, MetricPoint> latestMetrics();

  /**
   * The end of what the guest's kernel and agent have logged: from its console, where the hypervisor keeps one, else as the agent tells it.
   *
   * @param lastBytes at most so many, up to 1 MiB
   * @throws HostException {@code NOT_FOUND}; {@code WRONG_STATE} and {@code UNAVAILABLE} when there is neither a console nor an agent that
   *     answers
   */
  byte[] console(String capsule, int lastBytes) throws HostException;

  /** What drivers are here, and what their last probe found. */
  List<DriverStatus> drivers();

  /** Has a driver probe anew. @throws HostException {@code NOT_FOUND}, {@code TIMEOUT} */
  DriverStatus probe(String kind, String name, Duration within) throws HostException;

  /**
   * Calls the listener after each change of a capsule, in order, one at a time, on a thread of the host; it should be quick. Events may
   * be lost when a listener throws or a link breaks: {@link #list} is the truth.
   *
   * @return closes the subscription
   */
  AutoCloseable watch(Consumer<HostedCapsule> listener);

  /**
   * @param kind {@code hypervisor}, {@code storage}, {@code network}
   * @param usable what the last probe said; empty before the first
   */
  record DriverStatus(
      String kind, String name, String version, boolean preferred, Optional<Boolean> usable, String summary,
      Map<String, String> facts, int capsules) {}
}
