package dev.wrenn.persistence.internal;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the database is.
 *
 * @param url for JDBC, without credentials when they were given apart
 * @param file of an H2 database on this machine, without H2's suffix
 */
record DatabaseAddress(Kind kind, String url, String user, String password, Optional<Path> file) {
  /**
   * H2 writes with each commit. Otherwise a thread of its own writes twice a second, and what that one has begun to write and has not yet
   * written counts as written: a {@code CHECKPOINT} does not wait for it.
   */
  private static final String WRITTEN = ";WRITE_DELAY=0";

  /** Seconds. A server whose machine or network has gone silently would otherwise hold a call for ever; the second bounds a migration too. */
  private static final Map<String, Integer> DEADLINES = new TreeMap<>(Map.of("connectTimeout", 5, "socketTimeout", 120));

  enum Kind {
    H2("org.h2.Driver"), POSTGRESQL("org.postgresql.Driver");

    private final String driver;

    Kind(String driver) {
      this.driver = driver;
    }

    String driver() {
      return driver;
    }
  }

  /**
   * @param configured {@code jdbc:h2:…}, {@code jdbc:postgresql:…}, {@code postgres://user:password@host:port/database?options}; empty
   *     or blank: DATABASE_URL, and without that a file below the directory
   * @throws IllegalArgumentException says what is wrong with it; never tells the password
   */
  static DatabaseAddress of(PersistenceConfig config, Map<String, String> environment) {
    String configured = or(config.url(), environment.get("DATABASE_URL")).orElse("");
    String user = config.user();
    String password = config.password();
    if (configured.isEmpty()) {
      return h2(Path.of(or(config.directory(), environment.get("WRENN_DIR")).orElse("/var/lib/wrenn")).resolve("db").resolve("wrenn"));
    }
    if (configured.startsWith("jdbc:h2:")) {
      Optional<Path> file = configured.startsWith("jdbc:h2:mem:")
          ? Optional.empty()
          : Optional.of(Path.of(configured.substring("jdbc:h2:".length()).replaceFirst("^file:", "").replaceFirst(";.*", "")));
      return new DatabaseAddress(Kind.H2, configured.contains("WRITE_DELAY=") ? configured : configured + WRITTEN, user.isEmpty() ? "sa" : user, password, file);
    }
    if (configured.startsWith("jdbc:postgresql:")) {
      return new DatabaseAddress(Kind.POSTGRESQL, configured, user, password, Optional.empty());
    }
    if (configured.startsWith("postgres://") || configured.startsWith("postgresql://")) {
      return postgresql(URI.create(configured), user, password);
    }
    throw new IllegalArgumentException("the database URL starts neither with postgres:// nor with jdbc:postgresql: or jdbc:h2:; "
        + "mend DATABASE_URL or the key url of the configuration dev.wrenn.persistence");
  }

  /** The URL as it is opened: with deadlines, where it doesn't say others. */
  String bounded() {
    if (kind == Kind.H2) {
      return url;
    }
    StringBuilder all = new StringBuilder(url);
    DEADLINES.forEach((name, seconds) -> {
      if (!url.contains(name + "=")) {
        all.append(all.indexOf("?") < 0 ? '?' : '&').append(name).append('=').append(seconds);
      }
    });
    return all.toString();
  }

  private static DatabaseAddress h2(Path file) {
    return new DatabaseAddress(Kind.H2, "jdbc:h2:file:" + file.toAbsolutePath() + ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=5000" + WRITTEN, "sa", "", Optional.of(file.toAbsolutePath()));
  }

  private static DatabaseAddress postgresql(URI uri, String user, String password) {
    if (uri.getHost() == null) {
      throw new IllegalArgumentException("the database URL names no host; write postgres://user:password@host:5432/database");
    }
    List<String> credentials = new ArrayList<>(List.of(user, password));
    if (uri.getRawUserInfo() != null) {
      String[] parts = uri.getRawUserInfo().split(":", 2);
      credentials.set(0, decoded(parts[0]));
      credentials.set(1, parts.length > 1 ? decoded(parts[1]) : password);
    }
    String path = uri.getRawPath() == null || uri.getRawPath().length() < 2 ? "/wrenn" : uri.getRawPath();
    String url = "jdbc:postgresql://" + uri.getHost() + ":" + (uri.getPort() < 0 ? 5432 : uri.getPort()) + path
        + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    return new DatabaseAddress(Kind.POSTGRESQL, url, credentials.get(0), credentials.get(1), Optional.empty());
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static Optional<String> or(String first, String second) {
    return Optional.of(first.strip()).filter(text -> !text.isEmpty())
        .or(() -> Optional.ofNullable(second).map(String::strip).filter(text -> !text.isEmpty()));
  }

  /** For people and logs: without anything that may hold a password. */
  @Override
  public String toString() {
    return kind + " " + url.replaceFirst("[;?].*", "");
  }
}
