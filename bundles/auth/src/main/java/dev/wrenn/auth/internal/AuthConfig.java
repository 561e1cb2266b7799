package dev.wrenn.auth.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

@ObjectClassDefinition(name = "Wrenn: authentication")
@interface AuthConfig {
  @AttributeDefinition(description = "Where the secrets and the first admin's file go; empty: the environment's WRENN_DIR, and without that /var/lib/wrenn")
  String directory() default "";

  @AttributeDefinition(description = "Minutes that a session token is good for; clients sign in anew after that")
  int session_minutes() default 360;

  @AttributeDefinition(description = "Wrong passwords for one e-mail within five minutes before it has to wait")
  int failures_per_email() default 10;

  @AttributeDefinition(description = "Sign-ins of all visitors within one minute; each costs a good part of a second of one processor")
  int logins_per_minute() default 120;

  @AttributeDefinition(description = "E-mail of the admin that is made when there is no user at all")
  String first_admin_email() default "admin@wrenn.local";
}
