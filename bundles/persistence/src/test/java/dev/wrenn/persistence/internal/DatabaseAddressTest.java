package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DatabaseAddressTest {
  private static DatabaseAddress of(String url, Map<String, String> environment) {
    return DatabaseAddress.of(new TestConfig(url, ""), environment);
  }

  @Test
  void isAFileBelowTheDirectoryWhenNothingIsSaid() {
    assertEquals(Optional.of(Path.of("/var/lib/wrenn/db/wrenn")), of("", Map.of()).file());
    assertEquals(Optional.of(Path.of("/data/db/wrenn")), of(" ", Map.of("WRENN_DIR", "/data", "DATABASE_URL", "")).file());
    assertEquals(Optional.of(Path.of("/other/db/wrenn")), DatabaseAddress.of(new TestConfig("", "/other"), Map.of("WRENN_DIR", "/data")).file());
  }

  @Test
  void readsTheFormsInWhichPostgresIsNamed() {
    DatabaseAddress address = of("", Map.of("DATABASE_URL", "postgres://ann:p%40ss%2Bword@db.example:6432/wrenn?sslmode=disable"));
    assertEquals(DatabaseAddress.Kind.POSTGRESQL, address.kind());
    assertEquals("jdbc:postgresql://db.example:6432/wrenn?sslmode=disable", address.url());
    assertEquals("ann", address.user());
    assertEquals("p@ss+word", address.password());
    assertEquals("jdbc:postgresql://db:5432/wrenn", of("postgresql://db", Map.of()).url());
    assertEquals("jdbc:postgresql://db/x", of("jdbc:postgresql://db/x", Map.of("DATABASE_URL", "postgres://other/y")).url());
  }

  @Test
  void boundsWhatTheDriverWouldWaitForEver() {
    assertEquals("jdbc:postgresql://db:5432/x?connectTimeout=5&socketTimeout=120", of("postgres://db/x", Map.of()).bounded());
    assertEquals("jdbc:postgresql://db/x?socketTimeout=3&connectTimeout=5", of("jdbc:postgresql://db/x?socketTimeout=3", Map.of()).bounded());
    assertEquals("jdbc:h2:mem:x;WRITE_DELAY=0", of("jdbc:h2:mem:x", Map.of()).bounded());
  }

  @Test
  void writesH2WithEachCommitUnlessItIsToldOtherwise() {
    assertTrue(of("jdbc:h2:file:/x/y", Map.of()).url().endsWith(";WRITE_DELAY=0"));
    assertEquals(Optional.of(Path.of("/x/y")), of("jdbc:h2:/x/y;CACHE_SIZE=1", Map.of()).file());
    assertEquals("jdbc:h2:file:/x/y;WRITE_DELAY=100", of("jdbc:h2:file:/x/y;WRITE_DELAY=100", Map.of()).url());
  }

  @Test
  void saysWhatIsWrongAndNoPassword() {
    assertTrue(assertThrows(IllegalArgumentException.class, () -> of("mysql://ann:secret@db/x", Map.of())).getMessage().contains("DATABASE_URL"));
    assertFalse(of("jdbc:postgresql://db/x?password=secret", Map.of()).toString().contains("secret"));
    assertFalse(of("postgres://ann:secret@db/x", Map.of()).toString().contains("secret"));
  }
}
