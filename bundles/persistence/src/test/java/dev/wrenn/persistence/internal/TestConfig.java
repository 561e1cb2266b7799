package dev.wrenn.persistence.internal;

import java.lang.annotation.Annotation;

/** A configuration as an operator would write it. */
record TestConfig(String url, String directory) implements PersistenceConfig {
  @Override public String user() {
    return "";
  }

  @Override public String password() {
    return "";
  }

  @Override public int connections() {
    return 8;
  }

  @Override public long connection_timeout_millis() {
    return 2000;
  }

  @Override public long retry_max_millis() {
    return 1000;
  }

  @Override public Class<? extends Annotation> annotationType() {
    return PersistenceConfig.class;
  }
}
