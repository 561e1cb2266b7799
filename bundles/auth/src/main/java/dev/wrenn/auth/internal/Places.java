package dev.wrenn.auth.internal;

import java.nio.file.Path;
import java.util.Map;

/** Files of the auth bundle. */
record Places(Path directory) {
  static Places of(AuthConfig config, Map<String, String> environment) {
    String chosen = config.directory().isBlank() ? environment.getOrDefault("WRENN_DIR", "/var/lib/wrenn") : config.directory();
    return new Places(Path.of(chosen));
  }

  Path sessionKey() {
    return directory.resolve("secrets").resolve("session.key");
  }

  Path firstAdmin() {
    return directory.resolve("first-admin.properties");
  }
}
