package dev.wrenn.guest.internal;

import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestClients;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Clients that speak HTTP/1.1 over plain sockets: no thread and no timer of their own. */
@Component(configurationPid = "dev.wrenn.guest")
@Designate(ocd = HttpGuestClients.Config.class)
public final class HttpGuestClients implements GuestClients {
  /** Agents refuse a longer one. */
  private static final int LONGEST_PORT_WAIT = 1000;

  @ObjectClassDefinition(name = "Wrenn guest client", description = "How this host talks to the agents in its capsules.")
  @interface Config {
    @AttributeDefinition(description = "Longest time to open a connection, in milliseconds. Guests are local; a second is generous.")
    int connectMillis() default 5_000;

    @AttributeDefinition(description = "Longest time for a call that is no stream, in seconds. Emulated guests under load are slow.")
    int callSeconds() default 30;

    @AttributeDefinition(description = "Longest time for a call that works on a whole tree of files, in seconds.")
    int treeSeconds() default 600;

    @AttributeDefinition(description = "How often an agent shows on a silent stream that it is alive, in seconds. After three times that a stream is broken, as is a transfer that stands still.")
    int keepAliveSeconds() default 30;

    @AttributeDefinition(min = "0", max = "1000", description = "How long a connection to a port waits in the guest while nobody listens there, in milliseconds: a server that just starts is reached when it listens, and not when somebody asks again.")
    int portWaitMillis() default 150;
  }

  /** Longest times, as the configuration has them. */
  record Limits(Duration connect, Duration call, Duration tree, Duration keepAlive, Duration port) {
    /** After such a silence a stream is broken. */
    Duration silence() {
      return keepAlive.multipliedBy(3);
    }
  }

  private final Limits limits;

  @Activate
  public HttpGuestClients(Config config) {
    this(new Limits(Duration.ofMillis(config.connectMillis()), Duration.ofSeconds(config.callSeconds()),
        Duration.ofSeconds(config.treeSeconds()), Duration.ofSeconds(config.keepAliveSeconds()),
        Duration.ofMillis(Math.clamp(config.portWaitMillis(), 0, LONGEST_PORT_WAIT))));
  }

  /** For use without a framework. */
  public HttpGuestClients(Duration connect, Duration call, Duration keepAlive) {
    this(new Limits(connect, call, call.multipliedBy(20), keepAlive, Duration.ofMillis(100)));
  }

  HttpGuestClients(Limits limits) {
    this.limits = limits;
  }

  @Override
  public GuestClient connect(InetSocketAddress address, Supplier<String> token, String name) {
    return new HttpGuestClient(new Agent(address, token, name, limits));
  }
}
