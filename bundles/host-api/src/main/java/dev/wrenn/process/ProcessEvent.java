package dev.wrenn.process;

import java.util.Optional;

/** What a process stream yields: one {@link Started}, any number of {@link Output}, one {@link Ended}. */
public sealed interface ProcessEvent {
  /** @param pid process id in the guest */
  record Started(long pid) implements ProcessEvent {}

  /** Bytes as the process wrote them; they need not be text, and a character may be cut. The array is the receiver's. */
  record Output(Channel channel, byte[] data) implements ProcessEvent {}

  /**
   * @param exitCode the process' own code; −1 when a signal ended it
   * @param status {@code exit status N} or {@code signal: killed} and the like
   * @param error why the agent ended it, if it did: {@code deadline exceeded}
   */
  record Ended(int exitCode, String status, Optional<String> error) implements ProcessEvent {}

  /** Where output came from. On a terminal there is only {@code TERMINAL}. */
  enum Channel { STDOUT, STDERR, TERMINAL }
}
