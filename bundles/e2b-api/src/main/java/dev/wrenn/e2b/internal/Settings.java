package dev.wrenn.e2b.internal;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.Designate;

/** The configuration, read once for all parts of this bundle; a change restarts them. */
@Component(service = Settings.class, configurationPid = E2bConfig.PID)
@Designate(ocd = E2bConfig.class)
public final class Settings {
  private final E2bConfig config;

  @Activate
  public Settings(E2bConfig config) {
    this.config = config;
  }

  E2bConfig config() {
    return config;
  }
}
