package dev.wrenn.e2b.internal;

import dev.wrenn.platform.PlatformException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A capsule's id in the two spellings: {@code cl-…} on the platform, the same without its hyphen for E2B's clients, whose ids hold letters and digits only. */
final class SandboxId {
  /** What oldest clients append, from the answer that they got. */
  static final String CLIENT = "wrenn";

  private static final Pattern EITHER = Pattern.compile("cl-?([0-9a-z]{25})(-[0-9a-z]+)?");

  private SandboxId() {}

  static String shown(String capsule) {
    return capsule.replace("-", "");
  }

  /** @throws PlatformException {@code NOT_FOUND} when nothing can have that id: for these clients there is no other word for it */
  static String capsule(String shown) throws PlatformException {
    Matcher id = EITHER.matcher(shown.toLowerCase(Locale.ROOT));
    if (!id.matches()) {
      throw unknown(shown);
    }
    return "cl-" + id.group(1);
  }

  static PlatformException unknown(String shown) {
    String name = shown.length() <= 64 ? shown : shown.substring(0, 64) + "…";
    return new PlatformException(PlatformException.Code.NOT_FOUND, "sandbox \"" + name + "\" was not found");
  }
}
