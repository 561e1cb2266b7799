package dev.wrenn.rest.internal;

import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.util.Map;

/** The bundle's own defaults with some values changed, as the configuration admin would give them. */
public final class TestConfig {
  private TestConfig() {}

  public static RestConfig with(Map<String, Object> changed) {
    return (RestConfig) Proxy.newProxyInstance(RestConfig.class.getClassLoader(), new Class<?>[] {RestConfig.class},
        (proxy, method, args) -> method.getName().equals("annotationType")
            ? (Class<? extends Annotation>) RestConfig.class
            : changed.getOrDefault(method.getName(), method.getDefaultValue()));
  }
}
