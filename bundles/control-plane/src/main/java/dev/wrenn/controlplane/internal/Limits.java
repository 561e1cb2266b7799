package dev.wrenn.controlplane.internal;

import dev.wrenn.persistence.CapsuleRecord.Spec;
import dev.wrenn.platform.CapsuleService.NewCapsule;
import dev.wrenn.platform.PlatformException;
import java.util.regex.Pattern;

/** What may be asked for. */
final class Limits {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}");
  private static final String TEMPLATE = "minimal";
  private static final int VCPUS = 1;
  private static final int MEMORY_MB = 512;
  private final ControlPlaneConfig config;

  Limits(ControlPlaneConfig config) {
    this.config = config;
  }

  Spec check(NewCapsule request) throws PlatformException {
    String template = request.template().orElse(TEMPLATE);
    if (!NAME.matcher(template).matches()) {
      throw invalid("template must be 1 to 64 letters, digits, dots, underscores or hyphens, and begin with a letter or digit");
    }
    int vcpus = request.vcpus().filter(v -> v > 0).orElse(VCPUS);
    between("vcpus", vcpus, 1, config.vcpus_max());
    int memory = request.memoryMb().filter(m -> m > 0).orElse(MEMORY_MB);
    between("memory_mb", memory, config.memory_min_mb(), config.memory_max_mb());
    int disk = request.diskMb().filter(d -> d > 0).orElse(config.disk_default_mb());
    between("disk_mb", disk, 1, config.disk_max_mb());
    return new Spec(template, vcpus, memory, disk, Math.max(0, request.timeoutSec().orElse(0)));
  }

  private static void between(String field, int value, int min, int max) throws PlatformException {
    if (value < min || value > max) {
      throw invalid(field + " is " + value + ", but must be between " + min + " and " + max);
    }
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message + ".");
  }
}
