package dev.wrenn.persistence.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

@ObjectClassDefinition(name = "Wrenn: state store")
@interface PersistenceConfig {
  @AttributeDefinition(description = "postgres://user:password@host:5432/database, jdbc:postgresql:… or jdbc:h2:…; "
      + "empty: the environment's DATABASE_URL, and without that an H2 file below the directory")
  String url() default "";

  @AttributeDefinition(description = "User of the database, when the URL names none")
  String user() default "";

  @AttributeDefinition(description = "Password of the database, when the URL has none")
  String password() default "";

  @AttributeDefinition(description = "Where the H2 file goes, in db/; empty: the environment's WRENN_DIR, and without that /var/lib/wrenn")
  String directory() default "";

  @AttributeDefinition(description = "Connections at most. A call holds one for some milliseconds, so a few serve many")
  int connections() default 8;

  @AttributeDefinition(description = "How long a call waits for a connection, in ms, before it fails as unavailable")
  long connection_timeout_millis() default 3000;

  @AttributeDefinition(description = "Longest pause, in ms, between two tries to reach a database that isn't there")
  long retry_max_millis() default 5000;
}
