package dev.wrenn.uffd.internal;

import dev.wrenn.linux.fault.FaultDescriptor;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.uffd.pager.PagerMain;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/**
 * The classes that a pager consists of, copied out of the bundles that have them: a pager outlives those. Its build is the digest of all of
 * them.
 */
final class PagerCode {
  private static final List<Class<?>> ONE_OF_EACH = List.of(PagerMain.class, FaultDescriptor.class, PageMap.class);
  private final Map<String, byte[]> classes = new TreeMap<>();

  private PagerCode() {}

  static PagerCode ofBundles() throws IOException {
    PagerCode code = new PagerCode();
    for (Class<?> one : ONE_OF_EACH) {
      Bundle bundle = FrameworkUtil.getBundle(one);
      String folder = "/" + one.getPackageName().replace('.', '/');
      for (URL entry : Collections.list(bundle.findEntries(folder, "*.class", false))) {
        try (InputStream in = entry.openStream()) {
          code.classes.put(folder.substring(1) + "/" + entry.getPath().substring(entry.getPath().lastIndexOf('/') + 1), in.readAllBytes());
        }
      }
    }
    return code;
  }

  /** Of directories with classes, and jars. */
  static PagerCode of(List<Path> roots) throws IOException {
    PagerCode code = new PagerCode();
    for (Path root : roots) {
      if (Files.isDirectory(root)) {
        code.takeFrom(root);
      } else if (Files.exists(root)) {
        try (FileSystem jar = FileSystems.newFileSystem(root)) {
          code.takeFrom(jar.getPath("/"));
        }
      }
    }
    return code;
  }

  private void takeFrom(Path root) throws IOException {
    for (Class<?> one : ONE_OF_EACH) {
      String folder = one.getPackageName().replace('.', '/');
      if (Files.isDirectory(root.resolve(folder))) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(folder), "*.class")) {
          for (Path file : files) {
            classes.put(folder + "/" + file.getFileName(), Files.readAllBytes(file));
          }
        }
      }
    }
  }

  String build() {
    var sha256 = dev.wrenn.snapshot.Digest.sha256();
    classes.forEach((name, bytes) -> {
      sha256.update(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      sha256.update(bytes);
    });
    return dev.wrenn.snapshot.Digest.of(sha256.digest()).brief();
  }

  void writeTo(Path directory) throws IOException {
    for (Map.Entry<String, byte[]> each : classes.entrySet()) {
      Path file = directory.resolve(each.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, each.getValue());
    }
  }
}
