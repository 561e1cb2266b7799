package dev.wrenn.e2b.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What clients of E2B's SDKs are told, and limits of their requests. */
@ObjectClassDefinition(name = "Wrenn API for E2B's SDKs", description = "What clients of E2B's SDKs are told, and limits of their requests")
public @interface E2bConfig {
  String PID = "dev.wrenn.e2b";

  @AttributeDefinition(description = "Domain, with its port, that answers name to clients: they reach ports of sandboxes at {port}-{sandbox}.{domain}; "
      + "empty: none is named, and clients take E2B_SANDBOX_URL or E2B_DOMAIN")
  String publicDomain() default "";

  @AttributeDefinition(description = "Names that clients know and the templates that they mean here, each as name=template")
  String[] templateAliases() default {"base=minimal"};

  @AttributeDefinition(description = "User of commands and files in a sandbox for clients that name none")
  String defaultUser() default "user";

  @AttributeDefinition(description = "Largest JSON request body")
  int maxBodyBytes() default 1 << 20;

  @AttributeDefinition(description = "How long a call waits for a platform service that is being replaced, before it answers 503")
  long serviceWaitMillis() default 5_000;
}
