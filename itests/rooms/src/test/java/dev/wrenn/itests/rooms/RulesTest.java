package dev.wrenn.itests.rooms;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;

/** The rules find what they are there to find: manifests that are wrong, one rule at a time. */
class RulesTest {

  private final Room spi = room("driver-spi", "dev.wrenn.spi;version=\"1.0.0\";uses:=\"a,b\",dev.wrenn.spi.network;version=1.0.0", "");
  private final Room linux = room("native-linux", "dev.wrenn.linux;version=1.0.0", "java.lang,dev.wrenn.linux;version=\"[1,2)\"");
  private final Room platform = room("platform-api", "dev.wrenn.platform;version=1.0.0", "");

  @Test
  void acceptsWhatTheTableAllows() {
    Room driver = room("network-tap", "", "dev.wrenn.spi.network;version=\"[1.0,2)\",dev.wrenn.linux,org.slf4j;version=\"[2.0,3)\"");
    assertEquals(List.of(), Rules.violations(List.of(spi, linux, driver)));
  }

  @Test
  void findsAFaceThatImportsADriverContract() {
    assertFinds("rest-api must not import dev.wrenn.spi.network", spi, room("rest-api", "", "dev.wrenn.spi.network"));
  }

  @Test
  void findsAnOptionalImportToo() {
    assertFinds("control-plane must not import dev.wrenn.spi", spi, room("control-plane", "", "dev.wrenn.spi;resolution:=optional"));
  }

  @Test
  void findsAnImportOfAnInside() {
    assertFinds("shell must not import the inside of another room: dev.wrenn.linux.internal", room("shell", "", "dev.wrenn.linux.internal"));
  }

  @Test
  void findsAnImportThatNobodyExports() {
    assertFinds("shell imports dev.wrenn.process, which no room exports", room("shell", "", "dev.wrenn.process"));
  }

  @Test
  void findsAnExportOfARoomThatHasNone() {
    assertFinds("auth must not export dev.wrenn.auth", room("auth", "dev.wrenn.auth;version=1", ""));
  }

  @Test
  void findsAnExportWithoutAVersion() {
    assertFinds("platform-api exports dev.wrenn.platform without a version", room("platform-api", "dev.wrenn.platform", ""));
  }

  @Test
  void findsADynamicImportOfAnything() {
    Manifest manifest = manifest("", "");
    manifest.getMainAttributes().putValue("DynamicImport-Package", "*");
    assertFinds("auth must not import at run time whatever there is: *", Room.of("auth", manifest));
  }

  @Test
  void findsARoomThatIsNotInTheTable() {
    assertFinds("attic has no row in the table of rooms: add one", room("attic", "", ""));
  }

  @Test
  void findsAPackageWithTwoOwners() {
    assertFinds("dev.wrenn.platform is exported by both platform-api and host-api", platform,
        room("host-api", "dev.wrenn.platform;version=1", ""), "host-api must not export dev.wrenn.platform");
  }

  @Test
  void findsACycle() {
    Room host = room("host-api", "dev.wrenn.process;version=1", "dev.wrenn.platform");
    Room face = room("platform-api", "dev.wrenn.platform;version=1", "dev.wrenn.process");
    assertEquals(List.of("host-api must not import dev.wrenn.platform", "a cycle goes through some of [host-api, platform-api]"),
        Rules.violations(List.of(host, face)));
  }

  private void assertFinds(String violation, Room... rooms) {
    assertEquals(List.of(violation), Rules.violations(List.of(rooms)));
  }

  private void assertFinds(String violation, Room first, Room second, String another) {
    assertEquals(List.of(violation, another), Rules.violations(List.of(first, second)));
  }

  private static Room room(String name, String exports, String imports) {
    return Room.of(name, manifest(exports, imports));
  }

  private static Manifest manifest(String exports, String imports) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Export-Package", exports);
    manifest.getMainAttributes().putValue("Import-Package", imports);
    return manifest;
  }
}
