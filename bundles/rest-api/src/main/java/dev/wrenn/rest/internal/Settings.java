package dev.wrenn.rest.internal;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.Designate;

/** The configuration, read once for all parts of this bundle; a change restarts them. */
@Component(service = Settings.class, configurationPid = RestConfig.PID)
@Designate(ocd = RestConfig.class)
public final class Settings {
  private final RestConfig config;

  @Activate
  public Settings(RestConfig config) {
    this.config = config;
  }

  public RestConfig config() {
    return config;
  }
}
