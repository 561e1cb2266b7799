package dev.wrenn.e2b.internal;

import dev.wrenn.platform.PlatformException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The metadata that sandboxes of a list must have. Clients write the pairs as a query string of its own, names and values encoded, and
 * encode that once more as the value of one parameter; the outer layer is gone when it comes here.
 */
final class MetadataFilter {
  private MetadataFilter() {}

  /** @throws PlatformException {@code INVALID_REQUEST} for a broken escape */
  static Map<String, String> of(String parameter) throws PlatformException {
    Map<String, String> wanted = new HashMap<>();
    if (parameter == null) {
      return wanted;
    }
    for (String pair : parameter.split("&")) {
      int equals = pair.indexOf('=');
      if (!pair.isEmpty()) {
        wanted.put(decoded(equals < 0 ? pair : pair.substring(0, equals)), equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
    }
    return wanted;
  }

  /** Twice: once for this query string, once for the names and values in it, which clients encode before they join them. */
  private static String decoded(String text) throws PlatformException {
    try {
      String once = URLDecoder.decode(text, StandardCharsets.UTF_8);
      return once.indexOf('%') < 0 ? once : again(once);
    } catch (IllegalArgumentException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "metadata is not a list of name=value, percent-encoded and joined with &", e);
    }
  }

  /** A name or value may itself hold a percent sign that starts no escape. */
  private static String again(String once) {
    try {
      return URLDecoder.decode(once.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException plain) {
      return once;
    }
  }
}
