package dev.wrenn.hostagent.internal.life;

import dev.wrenn.hostagent.internal.HostSettings.Size;
import dev.wrenn.hostagent.internal.drivers.Trio;
import dev.wrenn.hostagent.internal.machine.GuestFiles.GuestImage;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** One word for all that a guest depends on which was booted beforehand: when anything of that changes, so does the word. */
final class WarmKey {
  /** Goes up when guests are to be made anew for another reason. */
  private static final String FORMAT = "2";
  private static final int DIGITS = 16;

  private WarmKey() {}

  /** Cheap: files are looked at, and not read. */
  static String of(Size size, GuestImage image, GuestKernel kernel, Trio drivers, int agentPort) throws IOException {
    Map<String, String> probed = drivers.hypervisor().probe().map(Probe::facts).orElse(Map.of());
    String name = drivers.hypervisor().name();
    return digest(String.join("\n", List.of(FORMAT, size.toString(), image.image().id(), image.disk().toString(), file(kernel.image()),
        file(kernel.initrd()), kernel.machine(), kernel.version(), kernel.toString(), name, drivers.hypervisor().driver().version(),
        probed.getOrDefault(name + ".version", ""), probed.getOrDefault("accelerator", ""), drivers.storage().name(), drivers.network().name(),
        Integer.toString(agentPort))));
  }

  private static String file(Path file) throws IOException {
    return file + " " + Files.size(file) + "@" + Files.getLastModifiedTime(file).toInstant();
  }

  private static String digest(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)), 0, DIGITS / 2);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
