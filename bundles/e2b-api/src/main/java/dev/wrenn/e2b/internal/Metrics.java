package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What sandboxes use, in the clients' words. Thread-safe. */
final class Metrics {
  private static final int MOST_IDS = 100;

  /** The ranges that the platform keeps, shortest first. */
  private enum Range {
    TEN_MINUTES("10m", Duration.ofMinutes(10)), TWO_HOURS("2h", Duration.ofHours(2)), DAY("24h", Duration.ofHours(24));

    private final String word;
    private final Duration length;

    Range(String word, Duration length) {
      this.word = word;
      this.length = length;
    }
  }

  private final PlatformServices platform;
  private final Sandboxes sandboxes;

  Metrics(PlatformServices platform, Sandboxes sandboxes) {
    this.platform = platform;
    this.sandboxes = sandboxes;
  }

  /** Bytes; null where nothing is known, but there: clients read each field. @param memCache is not measured */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Point(
      String timestamp, long timestampUnix, int cpuCount, double cpuUsedPct, Long memUsed, Long memTotal, Long memCache, Long diskUsed,
      Long diskTotal) {
    static Point of(Capsule capsule, MetricPoint point) {
      return new Point(Json.time(point.at()), point.at().getEpochSecond(), capsule.vcpus(), Math.round(point.cpuPercent() * 100) / 100.0,
          known(point.memoryBytes(), null), known(point.memoryTotalBytes(), (long) capsule.memoryMb() << 20), null, known(point.diskBytes(), null),
          known(point.diskTotalBytes(), (long) capsule.diskMb() << 20));
    }

    private static Long known(OptionalLong value, Long otherwise) {
      return value.isPresent() ? Long.valueOf(value.getAsLong()) : otherwise;
    }
  }

  record Many(Map<String, Point> sandboxes) {}

  /** @param start in seconds since 1970, null: since its start @param end null: now */
  List<Point> of(Caller caller, String shown, String start, String end) throws PlatformException {
    Optional<Instant> from = moment("start", start);
    Optional<Instant> to = moment("end", end);
    Capsule capsule = sandboxes.need(caller, shown);
    Duration back = Duration.between(from.orElse(Views.started(capsule)), Instant.now());
    String range = Arrays.stream(Range.values()).filter(each -> each.length.compareTo(back) >= 0).findFirst().orElse(Range.DAY).word;
    return platform.metrics().capsule(caller, capsule.id(), range).stream()
        .filter(point -> from.isEmpty() || !point.at().isBefore(from.get()))
        .filter(point -> to.isEmpty() || point.at().isBefore(to.get().plusSeconds(1)))
        .map(point -> Point.of(capsule, point)).toList();
  }

  /** The newest point of each that runs. */
  Many newest(Caller caller, String ids) throws PlatformException {
    List<String> wanted = Listing.blank(ids) ? List.of() : Arrays.stream(ids.split(",")).map(String::strip).filter(id -> !id.isEmpty()).toList();
    if (wanted.isEmpty() || wanted.size() > MOST_IDS) {
      throw Listing.invalid("sandbox_ids must name 1 to " + MOST_IDS + " sandboxes, joined with commas");
    }
    Map<String, MetricPoint> latest = platform.metrics().latest(caller);
    Map<String, Point> found = new LinkedHashMap<>();
    for (Capsule capsule : platform.capsules().list(caller, false)) {
      MetricPoint point = latest.get(capsule.id());
      if (point != null) {
        wanted.stream().filter(id -> capsule.id().equals(known(id))).forEach(id -> found.put(id, Point.of(capsule, point)));
      }
    }
    return new Many(found);
  }

  private static String known(String shown) {
    try {
      return SandboxId.capsule(shown);
    } catch (PlatformException unknown) {
      return "";
    }
  }

  private static Optional<Instant> moment(String name, String seconds) throws PlatformException {
    if (Listing.blank(seconds)) {
      return Optional.empty();
    }
    if (!seconds.matches("\\d{1,11}")) {
      throw Listing.invalid(name + " must be whole seconds since 1970");
    }
    return Optional.of(Instant.ofEpochSecond(Long.parseLong(seconds)));
  }
}
