package dev.wrenn.network.user.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the user-mode network driver, PID {@code dev.wrenn.network.user}. */
@ObjectClassDefinition(name = "Wrenn user-mode network", description = "The hypervisor's own network, for development without root.")
public @interface UserNetworkConfig {
  @AttributeDefinition(description = "Directory of the markers that say which capsule has which port. Empty: wrenn-net-<user> in the"
      + " directory for temporary files.")
  String directory() default "";

  // Below the range from which the kernel takes ports for outgoing connections: one of those could not be relied on.
  @AttributeDefinition(description = "First loopback port for agents of capsules.")
  int firstPort() default 21000;

  @AttributeDefinition(description = "How many ports follow from the first: as many capsules can run.")
  int ports() default 1000;
}
