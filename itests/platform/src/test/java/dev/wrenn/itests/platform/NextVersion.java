package dev.wrenn.itests.platform;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/** A driver bundle that is the same but for its version. */
final class NextVersion {
  private static final String PROPERTIES = "OSGI-INF/driver.properties";

  private final Bundle bundle;

  NextVersion(Bundle bundle) {
    this.bundle = bundle;
  }

  InputStream jar() throws IOException {
    Version old = bundle.getVersion();
    String next = new Version(old.getMajor(), old.getMinor(), old.getMicro() + 1, old.getQualifier()).toString();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarInputStream from = new JarInputStream(URI.create(bundle.getLocation()).toURL().openStream())) {
      Manifest manifest = from.getManifest();
      manifest.getMainAttributes().putValue(Constants.BUNDLE_VERSION, next);
      try (JarOutputStream to = new JarOutputStream(bytes, manifest)) {
        for (ZipEntry entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
          to.putNextEntry(new ZipEntry(entry.getName()));
          byte[] content = from.readAllBytes();
          to.write(entry.getName().equals(PROPERTIES)
              ? new String(content, StandardCharsets.ISO_8859_1).replace(old.toString(), next).getBytes(StandardCharsets.ISO_8859_1) : content);
        }
      }
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }
}
