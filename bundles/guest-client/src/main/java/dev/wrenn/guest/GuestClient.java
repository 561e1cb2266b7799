package dev.wrenn.guest;

import dev.wrenn.files.Files;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.Processes;
import dev.wrenn.spi.Deadline;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The agent of one life of one capsule. Thread-safe; calls block and are meant for virtual threads. What the agent answers is bounded
 * and not trusted. Connections are kept for this capsule only and end with {@link #close}.
 */
@ProviderType
public interface GuestClient extends AutoCloseable {
  /**
   * Waits until the agent answers and configures it in the same call: the configuration is offered again and again, each time for a
   * little longer. Idempotent by {@link GuestInit#sequence()}.
   *
   * @param ended completes when the microVM has ended: the waiting then ends too, with its value in the message
   * @throws GuestException {@code TIMEOUT} when the agent did not answer in time, with the last reason; {@code UNAVAILABLE} when the
   *     microVM ended or this client was closed; {@code UNAUTHENTICATED} when the agent knows another token
   */
  GuestReady awaitReady(GuestInit init, Deadline within, CompletionStage<?> ended) throws GuestException;

  /**
   * The same for an agent that was restored from the memory of another life, and knows that one's token.
   *
   * @param former token of that life; asked for at each try and never kept
   */
  GuestReady awaitReady(GuestInit init, Supplier<String> former, Deadline within, CompletionStage<?> ended) throws GuestException;

  /**
   * Makes the guest ready to be frozen: its processes stand still, its file systems are written out, and the agent has let go of every
   * other connection. {@link #awaitReady} lets the processes go on. Idempotent.
   *
   * @throws GuestException {@code TIMEOUT}, {@code UNAVAILABLE}; its processes may stand still then
   */
  void prepareFreeze(Deadline within) throws GuestException;

  /** One look whether the agent answers. @throws GuestException {@code UNAVAILABLE} or {@code TIMEOUT} when it doesn't */
  void health(Deadline within) throws GuestException;

  GuestMetrics metrics(Deadline within) throws GuestException;

  /** Makes the root file system as large as the disk that the guest's kernel knows. Idempotent. @throws GuestException {@code AGENT} when it can't */
  GuestDisk growDisk(Deadline within) throws GuestException;

  /** The end of the guest's kernel log, in which the agent's own lines stand too. @param most bytes, up to 1 MiB */
  byte[] log(int most, Deadline within) throws GuestException;

  /** The processes of the capsule; usable until this client is closed. */
  Processes processes();

  /** The files of the capsule; usable until this client is closed. */
  Files files();

  /**
   * A connection to a TCP port in the guest, through the agent. It belongs to its caller, and is reset when this client is closed.
   *
   * @throws GuestException {@code NOT_FOUND} when nothing listens there; {@code FORBIDDEN} for the agent's own port; {@code NO_CAPACITY}
   *     when the agent carries too many; {@code UNAVAILABLE}, {@code TIMEOUT}
   */
  GuestSocket connect(int port, Deadline within) throws GuestException;

  /** A connection to the agent itself, on which nothing is said yet. @throws GuestException {@code UNAVAILABLE}, {@code TIMEOUT} */
  GuestSocket connectAgent(Deadline within) throws GuestException;

  /** Ends all connections; calls that wait end with {@code UNAVAILABLE}. Idempotent; from any thread. */
  @Override
  void close();
}
