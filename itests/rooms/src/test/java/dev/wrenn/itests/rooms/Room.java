package dev.wrenn.itests.rooms;

import aQute.bnd.header.Parameters;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** One bundle as its manifest shows it: the packages of ours that it exports and imports. Names end in the bundle's folder. */
record Room(String name, Set<String> exports, Set<String> unversionedExports, Set<String> imports, Set<String> dynamicImports) {

  private static final String OURS = "dev.wrenn";

  static Room of(String name, Manifest manifest) {
    var main = manifest.getMainAttributes();
    Parameters exported = new Parameters(main.getValue("Export-Package"));
    Set<String> exports = ours(exported);
    Set<String> unversioned = new TreeSet<>(exports);
    unversioned.removeIf(each -> exported.get(each).getVersion() != null);
    // bnd lets a bundle import what it exports, so that two copies of an API agree: that is no step outside.
    Set<String> imports = ours(new Parameters(main.getValue("Import-Package")));
    imports.removeAll(exports);
    Set<String> dynamic = new TreeSet<>(new Parameters(main.getValue("DynamicImport-Package")).keySet());
    return new Room(name, exports, unversioned, imports, dynamic);
  }

  /** Every bundle that the build under {@code root} made; the manifest there is the one that goes into the jar. */
  static List<Room> built(Path root) throws IOException {
    try (Stream<Path> bundles = Files.walk(root.resolve("bundles"), 3); Stream<Path> console = Stream.of(root.resolve("vaadin-console"))) {
      return Stream.concat(bundles, console)
          .map(folder -> folder.resolve("target/classes/META-INF/MANIFEST.MF"))
          .filter(Files::isRegularFile)
          .map(Room::read)
          .sorted(Comparator.comparing(Room::name))
          .toList();
    }
  }

  private static Room read(Path manifest) {
    try (InputStream in = Files.newInputStream(manifest)) {
      return of(manifest.getName(manifest.getNameCount() - 5).toString(), new Manifest(in));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Set<String> ours(Parameters clauses) {
    Set<String> packages = new TreeSet<>(clauses.keySet());
    packages.removeIf(each -> !each.equals(OURS) && !each.startsWith(OURS + "."));
    return packages;
  }
}
