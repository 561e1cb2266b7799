package dev.wrenn.platform;

import dev.wrenn.port.GuestSocket;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.osgi.annotation.versioning.ProviderType;

/** The ports of capsules as the outside reaches them. Thread-safe; calls block and are meant for virtual threads. */
@ProviderType
public interface PortService {
  /** What was said of single ports, by port. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} */
  List<PortAccess> ports(Caller caller, String capsule) throws PlatformException;

  /** How a port is open, whether that was said or not. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} */
  PortAccess port(Caller caller, String capsule, int port) throws PlatformException;

  /** Opens a port to everybody or to those with the token. Idempotent. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} */
  PortAccess set(Caller caller, String capsule, int port, boolean open) throws PlatformException;

  /** Takes back what was said of a port. Idempotent. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND} */
  void clear(Caller caller, String capsule, int port) throws PlatformException;

  /**
   * A connection to a port, for whoever asks from outside. A paused capsule whose options say so ({@code wake}) is resumed first, for those who
   * may come in; however many ask at once, that is done once and all wait for it.
   *
   * @param token what the client showed; may be anything
   * @throws PlatformException {@code INVALID_REQUEST} for a bad id or port and for the agent's own port; {@code NOT_FOUND};
   *     {@code INVALID_STATE} when the capsule does not run; {@code FORBIDDEN} when the port needs another token; {@code PORT_CLOSED} when
   *     nothing listens; {@code RATE_LIMITED} when the capsule has too many connections; {@code HOST_UNAVAILABLE}; {@code UNAVAILABLE}
   *     when it could not be woken, or not in time
   */
  GuestSocket open(String capsule, int port, Optional<String> token) throws PlatformException;

  /**
   * A connection to the agent, for clients that speak its protocol; what they may do there is decided by the access token that they show
   * to the agent. A paused capsule stays paused.
   *
   * @throws PlatformException as {@link #open}
   */
  AgentLine openAgent(String capsule) throws PlatformException;

  /**
   * The same, and a paused capsule whose options say so ({@code wake}) is resumed first.
   *
   * @param shows whether the client can show this access token. It is asked before a capsule is woken that needs one: nobody wakes a capsule
   *     whose agent would not listen to him
   * @throws PlatformException as {@link #open}
   */
  AgentLine openAgent(String capsule, Predicate<String> shows) throws PlatformException;

  /** The capsule's secrets for its own team; {@code NOT_FOUND} also when it has ended. @throws PlatformException {@code INVALID_REQUEST}, {@code NOT_FOUND}, {@code HOST_UNAVAILABLE} */
  Tokens tokens(Caller caller, String capsule) throws PlatformException;

  /** The running or paused capsule whose access token passes the test: a signed address names no capsule. */
  Optional<String> byAccessToken(Predicate<String> test) throws PlatformException;

  /** @param open whether no token is needed @param said whether this was set for the port, or is the capsule's rule */
  record PortAccess(int port, boolean open, boolean said) {}

  /** @param token to be put in when the client has none and the capsule needs none */
  record AgentLine(GuestSocket socket, Optional<String> token) {}

  /** @param access for the agent's protocol @param port for ports that are not open */
  record Tokens(String access, String port) {
    @Override
    public String toString() {
      return "Tokens[…]";
    }
  }
}
