package dev.wrenn.process;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The processes of one capsule that were started through the platform. Thread-safe. Every call counts as activity of the capsule, and
 * so does a process that runs. Calls block; every method may throw {@link GuestException} {@code UNAVAILABLE} when the agent can't be
 * reached.
 */
@ProviderType
public interface Processes {
  enum Signal { TERM, KILL, INT, HUP }

  /**
   * Starts a process; it goes on when the stream is closed. All of its output reaches the stream.
   *
   * @throws GuestException {@code INVALID} for a missing directory, {@code NOT_FOUND} for a missing program, {@code UNAUTHENTICATED}
   *     for an unknown user
   */
  ProcessStream start(ProcessSpec spec) throws GuestException;

  /**
   * Attaches to a process that runs, or has ended within the last half minute.
   *
   * @param replay whether the last output (up to 1 MiB) comes before what is new
   * @throws GuestException {@code NOT_FOUND}
   */
  ProcessStream connect(ProcessSelector process, boolean replay) throws GuestException;

  List<ProcessInfo> list() throws GuestException;

  /** Signals the whole process group. @throws GuestException {@code NOT_FOUND} */
  void signal(ProcessSelector process, Signal signal) throws GuestException;

  /** Writes to its input or terminal, waiting while that is full. @throws GuestException {@code NOT_FOUND}, {@code CONFLICT} when it has no input */
  void write(ProcessSelector process, byte[] data) throws GuestException;

  /** Ends its input. @throws GuestException {@code NOT_FOUND}, {@code CONFLICT} on a terminal */
  void closeInput(ProcessSelector process) throws GuestException;

  /** @throws GuestException {@code NOT_FOUND}, {@code CONFLICT} when it has no terminal */
  void resize(ProcessSelector process, ProcessSpec.TerminalSize size) throws GuestException;
}
