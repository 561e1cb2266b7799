package dev.wrenn.hostagent.internal.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Which processor this machine has, in one line that is equal on equal processors. */
public final class CpuIdentity {
  private static final Path INFO = Path.of("/proc/cpuinfo");
  private static final int DIGEST = 12;

  private CpuIdentity() {}

  public static String here() throws IOException {
    List<String> lines = Files.readAllLines(INFO);
    return value(lines, "vendor_id") + "/" + value(lines, "cpu family") + "/" + value(lines, "model") + "/" + value(lines, "stepping") + "/"
        + digest(value(lines, "flags"));
  }

  private static String value(List<String> lines, String name) {
    return lines.stream().filter(line -> line.startsWith(name) && line.substring(name.length()).stripLeading().startsWith(":"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip()).findFirst().orElse("unknown");
  }

  private static String digest(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)), 0, DIGEST / 2);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
