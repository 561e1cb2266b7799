package dev.wrenn.proxy.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Limits and waits of the ports of capsules as the outside reaches them. */
@ObjectClassDefinition(name = "Wrenn capsule proxy", description = "Limits and waits of the ports of capsules as the outside reaches them")
public @interface ProxyConfig {
  String PID = "dev.wrenn.proxy";

  @AttributeDefinition(description = "How long a request waits for a platform service that is being replaced, before it answers 503")
  long serviceWaitMillis() default 5_000;

  @AttributeDefinition(description = "How long a server in a capsule may take to begin its answer after it got the whole request, before it answers 504")
  long answerTimeoutMillis() default 120_000;

  @AttributeDefinition(description = "How long a client that asked for 100 Continue waits for the guest's word before its body is sent all the same")
  long continueTimeoutMillis() default 1_000;

  @AttributeDefinition(description = "Largest head of an answer; must be well below the maxResponseHeaderSize of etc/jetty.xml")
  int maxHeaderBytes() default 64 << 10;

  @AttributeDefinition(description = "How long the rest of a request is read after its answer has ended, so that the client gets to read the answer")
  long lingerMillis() default 5_000;

  @AttributeDefinition(description = "Whether servers in capsules see the Host that the client sent, or localhost and their port")
  boolean passHost() default true;
}
