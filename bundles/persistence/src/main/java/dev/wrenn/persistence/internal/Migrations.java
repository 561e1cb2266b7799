package dev.wrenn.persistence.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;

/** Brings the schema up to date. Flyway is handed the files by name, as it can't search a bundle's class path. */
final class Migrations implements ResourceProvider {
  private static final String FOLDER = "/dev/wrenn/persistence/migrations/";
  /** In the order of their versions; a file that has been released is never changed. */
  private static final List<String> FILES = List.of("V1__accounts_and_capsules.sql", "V2__options_history_ports_limits_usage.sql",
      "V3__kept_metrics.sql", "V4__templates.sql", "V5__when_time_is_over.sql");

  private final List<String> files;

  Migrations() {
    this(FILES.size());
  }

  /** Up to a version, as an older release did it. */
  Migrations(int version) {
    files = FILES.subList(0, version);
  }

  /** @throws RuntimeException from Flyway; the database is as it was before the migration that failed */
  void run(DataSource dataSource) {
    Flyway.configure(Migrations.class.getClassLoader())
        .dataSource(dataSource)
        .resourceProvider(this)
        .loggers("slf4j")
        .table("schema_history")
        .connectRetries(0)
        .load()
        .migrate();
  }

  @Override
  public LoadableResource getResource(String name) {
    return files.contains(name) ? new MigrationFile(name) : null;
  }

  @Override
  public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
    return files.stream().filter(file -> file.startsWith(prefix) && List.of(suffixes).stream().anyMatch(file::endsWith))
        .<LoadableResource>map(MigrationFile::new).toList();
  }

  private static final class MigrationFile extends LoadableResource {
    private final String name;

    MigrationFile(String name) {
      this.name = name;
    }

    @Override
    public Reader read() {
      try (InputStream in = Migrations.class.getResourceAsStream(FOLDER + name);
          Reader text = new InputStreamReader(in, StandardCharsets.UTF_8)) {
        return new StringReader(text.readAllAsString());
      } catch (IOException e) {
        throw new UncheckedIOException("can't read the migration " + name, e);
      }
    }

    @Override
    public String getAbsolutePath() {
      return FOLDER + name;
    }

    @Override
    public String getAbsolutePathOnDisk() {
      return FOLDER + name;
    }

    @Override
    public String getFilename() {
      return name;
    }

    @Override
    public String getRelativePath() {
      return name;
    }
  }
}
