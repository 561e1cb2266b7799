package dev.wrenn.network.tap.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the TAP network driver, PID {@code dev.wrenn.network.tap}. */
@ObjectClassDefinition(name = "Wrenn TAP network", description = "A network namespace with a TAP device for each capsule.")
public @interface TapNetworkConfig {
  @AttributeDefinition(description = "First part of the names of namespaces, interfaces, the rule table and the directory under /run."
      + " At most 6 lower-case letters and digits. Two platforms on one machine need two prefixes and two subnets.")
  String prefix() default "wrenn";

  @AttributeDefinition(description = "Addresses between the host and its capsules; every capsule takes two of them.")
  String subnet() default "10.11.0.0/16";

  @AttributeDefinition(description = "Networks that stand ready for the next capsules. Each costs a namespace and a pair of interfaces.")
  int poolSize() default 8;

  @AttributeDefinition(description = "Numeric group whose processes may open the TAP devices: that of the hypervisors.")
  int group() default 61000;

  @AttributeDefinition(description = "Resolvers for the guests. Empty: those of the host's /etc/resolv.conf that guests may reach, else"
      + " 1.1.1.1 and 8.8.8.8.")
  String[] dns() default {};

  @AttributeDefinition(description = "More ranges that no capsule may reach, as address/length: public addresses of your own servers.")
  String[] extraDenied() default {};
}
