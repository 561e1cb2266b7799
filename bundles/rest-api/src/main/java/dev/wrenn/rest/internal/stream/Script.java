package dev.wrenn.rest.internal.stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.ProcessEvent.Ended;
import dev.wrenn.process.ProcessEvent.Output;
import dev.wrenn.process.ProcessStream;
import dev.wrenn.process.Processes;
import java.io.IOException;
import java.util.Optional;

/** What one kind of stream says and hears. Made for one client; all methods may block. */
interface Script {
  /** Whether it speaks the terminal protocol: pings as messages, and errors that say whether they are fatal. */
  boolean terminal();

  /**
   * Opens the process stream, after what the client has to say first.
   *
   * @return empty when there is nothing to follow: the client left, or the answer is complete
   */
  Optional<ProcessStream> open(Processes processes, Inbox inbox)
      throws PlatformException, GuestException, InterruptedException, IOException;

  void started(long pid) throws IOException;

  void output(Output output) throws IOException;

  void ended(Ended ended) throws IOException;

  /** Whether that message asks to kill the process; such a one overtakes the others. */
  boolean kills(JsonNode message);

  /** Takes any other message of the client, in order; unknown ones are ignored. */
  void handle(JsonNode message, Processes processes, long pid) throws GuestException;
}
