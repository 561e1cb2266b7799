package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.PlatformException;
import java.util.Map;

/** How much may be said of a capsule: labels are kept and searched, variables go into each process. */
final class OptionBounds {
  private static final int LABELS = 64;
  private static final int LABELS_CHARACTERS = 32_768;
  private static final int VARIABLES = 512;
  private static final int VARIABLES_CHARACTERS = 131_072;
  private static final int NAME_CHARACTERS = 256;

  private OptionBounds() {}

  static void check(CapsuleOptions options) throws PlatformException {
    check("labels", options.labels(), LABELS, LABELS_CHARACTERS);
    check("environment variables", options.env(), VARIABLES, VARIABLES_CHARACTERS);
    for (String name : options.env().keySet()) {
      if (name.indexOf('=') >= 0) {
        throw invalid("the name of an environment variable has an equals sign");
      }
    }
  }

  private static void check(String what, Map<String, String> map, int count, int characters) throws PlatformException {
    if (map.size() > count) {
      throw invalid(map.size() + " " + what + " were given; " + count + " are the most");
    }
    long length = 0;
    for (Map.Entry<String, String> entry : map.entrySet()) {
      if (entry.getKey().isEmpty() || entry.getKey().length() > NAME_CHARACTERS) {
        throw invalid("names of " + what + " must have 1 to " + NAME_CHARACTERS + " characters");
      }
      if (entry.getKey().indexOf('\0') >= 0 || entry.getValue().indexOf('\0') >= 0) {
        throw invalid(what + " must not have zero characters");
      }
      length += entry.getKey().length() + entry.getValue().length();
    }
    if (length > characters) {
      throw invalid(what + " have " + length + " characters together; " + characters + " are the most");
    }
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message + ".");
  }
}
