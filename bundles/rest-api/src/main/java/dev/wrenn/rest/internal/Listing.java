package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Lists of capsules as they go out. That of a team is kept as long as the platform gives the same one. Thread-safe. */
final class Listing {
  private static final int TEAMS = 256;
  private static final int TAG_BYTES = 16;
  private final PlatformServices platform;
  private final Map<String, Page> kept = new ConcurrentHashMap<>();

  /** @param tag differs for other bytes; as it stands in headers */
  record Page(List<Capsule> capsules, byte[] json, String tag) {}

  Listing(PlatformServices platform) {
    this.platform = platform;
  }

  Page of(Caller caller, boolean ended) throws PlatformException {
    List<Capsule> now = platform.capsules().list(caller, ended);
    if (ended) {
      return page(now);
    }
    Page known = kept.get(caller.teamId());
    // Not their content: the platform gives another list when anything has changed.
    if (known != null && known.capsules == now) {
      return known;
    }
    Page next = page(now);
    if (kept.size() >= TEAMS) {
      kept.clear();
    }
    kept.put(caller.teamId(), next);
    return next;
  }

  private static Page page(List<Capsule> capsules) {
    byte[] json = Wire.write(capsules.stream().map(Views.CapsuleView::of).toList());
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(json);
      return new Page(capsules, json, '"' + HexFormat.of().formatHex(Arrays.copyOf(hash, TAG_BYTES)) + '"');
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
