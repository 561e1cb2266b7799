package dev.wrenn.guest;

import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/** Makes clients of agents. An OSGi service; thread-safe. A client outlives the service that made it. */
@ProviderType
public interface GuestClients {
  /**
   * A client of the agent at that address. Opens nothing yet and does not block.
   *
   * @param address where this host reaches the agent
   * @param token the agent's access token; asked for at each call and never kept, logged or put into an error
   * @param name of the capsule's life, for messages
   */
  GuestClient connect(InetSocketAddress address, Supplier<String> token, String name);
}
