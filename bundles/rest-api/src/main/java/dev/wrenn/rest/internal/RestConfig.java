package dev.wrenn.rest.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Limits and waits of the public API. */
@ObjectClassDefinition(name = "Wrenn REST API", description = "Limits and waits of the public REST and WebSocket API")
public @interface RestConfig {
  String PID = "dev.wrenn.rest";

  @AttributeDefinition(description = "How long a call waits for a platform service that is being replaced, before it answers 503")
  long serviceWaitMillis() default 5_000;

  @AttributeDefinition(description = "Largest JSON request body")
  int maxBodyBytes() default 1 << 20;

  @AttributeDefinition(description = "Largest body of files/write; the other ways to write a file have no limit")
  long fileWriteMaxBytes() default 100L << 20;

  @AttributeDefinition(description = "Time limit of a foreground command whose request names none")
  int execTimeoutSeconds() default 30;

  @AttributeDefinition(description = "Output kept of one foreground command, both streams together; more is dropped and the answer says truncated")
  int execMaxOutputBytes() default 16 << 20;

  @AttributeDefinition(description = "Largest WebSocket message from a client")
  int streamMaxMessageBytes() default 1 << 20;

  @AttributeDefinition(description = "How long a WebSocket without credentials in its handshake may take to send its first message")
  long streamAuthMillis() default 5_000;

  @AttributeDefinition(description = "Interval of the pings on a WebSocket")
  int streamPingSeconds() default 30;

  @AttributeDefinition(description = "A WebSocket peer that neither reads, writes nor answers pings for this long is given up")
  int streamDeadPeerSeconds() default 600;

  @AttributeDefinition(description = "Whether /metrics answers everybody on this machine; leave it off where a proxy on it passes requests on")
  boolean metricsOpenToLoopback() default false;

  @AttributeDefinition(description = "Domain under which {port}-{capsule} reaches the ports of capsules, with its port; empty: the host name that the client used")
  String portDomain() default "";

  @AttributeDefinition(description = "Origins (scheme://host[:port]) beside the server's own whose pages may open WebSockets; * allows all")
  String[] allowedOrigins() default {};
}
