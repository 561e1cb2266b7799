package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;

/**
 * A place in a list of sandboxes: behind the one that started then and has that id. It stays right when sandboxes come and go.
 *
 * @param ascending which way the list goes; a cursor is for that way only
 */
record Cursor(Instant started, String id, boolean ascending) {
  static Cursor behind(Capsule last, boolean ascending) {
    return new Cursor(Views.started(last), last.id(), ascending);
  }

  static Comparator<Capsule> order(boolean ascending) {
    Comparator<Capsule> oldest = Comparator.comparing(Views::started).thenComparing(Capsule::id);
    return ascending ? oldest : oldest.reversed();
  }

  boolean before(Capsule capsule) {
    int compared = Views.started(capsule).compareTo(started);
    int side = compared != 0 ? compared : capsule.id().compareTo(id);
    return ascending ? side > 0 : side < 0;
  }

  String text() {
    String plain = started + "," + id + "," + (ascending ? "asc" : "desc");
    return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  /** @throws PlatformException {@code INVALID_REQUEST} for what is no cursor of a list in that order */
  static Cursor parse(String text, boolean ascending) throws PlatformException {
    try {
      String[] parts = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(",", -1);
      if (parts.length == 3 && parts[2].equals(ascending ? "asc" : "desc")) {
        return new Cursor(Instant.parse(parts[0]), parts[1], ascending);
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      throw invalid(e);
    }
    throw invalid(null);
  }

  private static PlatformException invalid(Exception cause) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, "nextToken is no token of a list in this order; leave it out to start anew", cause);
  }
}
