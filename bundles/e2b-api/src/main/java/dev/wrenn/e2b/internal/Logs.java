package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What kernel and agent of a sandbox wrote, as entries. Thread-safe. */
final class Logs {
  private static final int BYTES = 1 << 20;
  private static final int MOST = 1000;
  /** A syslog priority, the seconds since the kernel started, the words. */
  private static final Pattern KERNEL = Pattern.compile("(?:<(\\d{1,3})>)?\\[\\s*(\\d{1,9})\\.(\\d{3})\\d*] ?(.*)");
  private static final List<String> LEVELS = List.of("debug", "info", "warn", "error");

  private final PlatformServices platform;
  private final Sandboxes sandboxes;

  Logs(PlatformServices platform, Sandboxes sandboxes) {
    this.platform = platform;
    this.sandboxes = sandboxes;
  }

  /** The parameters as they came; null where there was none. */
  record Query(String cursor, String limit, String direction, String level, String search) {}

  record Entry(String timestamp, String level, String message, Map<String, String> fields) {}

  record Line(String timestamp, String line) {}

  record Old(List<Line> logs, List<Entry> logEntries) {}

  record Page(List<Entry> logs) {}

  private record Said(Instant at, String level, String words) {
    Entry entry() {
      return new Entry(Json.time(at), level, words, Map.of());
    }
  }

  /** From a moment on, oldest first. @param start in milliseconds since 1970 */
  Old old(Caller caller, String shown, String start, String limit) throws PlatformException {
    int most = limit(limit);
    Instant from = Listing.blank(start) ? Instant.EPOCH : millis("start", start);
    List<Said> said = said(caller, shown).filter(each -> !each.at().isBefore(from)).limit(most).toList();
    return new Old(said.stream().map(each -> new Line(Json.time(each.at()), each.words())).toList(), said.stream().map(Said::entry).toList());
  }

  /** From the cursor on, in milliseconds since 1970: forward to newer ones, or backward to older ones, newest first. */
  Page page(Caller caller, String shown, Query query) throws PlatformException {
    int most = limit(query.limit());
    boolean backward = "backward".equals(query.direction());
    Instant cursor = Listing.blank(query.cursor()) ? backward ? Instant.MAX : Instant.EPOCH : millis("cursor", query.cursor());
    int least = Math.max(0, LEVELS.indexOf(query.level() == null ? "" : query.level().toLowerCase(Locale.ROOT)));
    List<Said> fitting = said(caller, shown)
        .filter(each -> backward ? !each.at().isAfter(cursor) : !each.at().isBefore(cursor))
        .filter(each -> LEVELS.indexOf(each.level()) >= least)
        .filter(each -> Listing.blank(query.search()) || each.words().contains(query.search())).toList();
    return new Page((backward ? fitting.reversed() : fitting).stream().limit(most).map(Said::entry).toList());
  }

  private Stream<Said> said(Caller caller, String shown) throws PlatformException {
    Capsule capsule = sandboxes.need(caller, shown);
    String text = new String(platform.capsules().console(caller, capsule.id(), BYTES), StandardCharsets.UTF_8);
    return text.lines().map(line -> line.replaceAll("\\p{Cntrl}", "")).filter(line -> !line.isBlank()).map(line -> said(capsule, line));
  }

  /** The kernel counts from its start, which is soon after the creation; other lines have no time of their own. */
  private static Said said(Capsule capsule, String line) {
    Matcher kernel = KERNEL.matcher(line);
    if (!kernel.matches()) {
      return new Said(Views.started(capsule), "info", line);
    }
    Instant at = capsule.createdAt().plusSeconds(Long.parseLong(kernel.group(2))).plusMillis(Long.parseLong(kernel.group(3)));
    return new Said(at, level(kernel.group(1)), kernel.group(4));
  }

  private static String level(String priority) {
    int severity = priority == null ? 6 : Integer.parseInt(priority) & 7;
    return severity <= 3 ? "error" : severity == 4 ? "warn" : severity == 7 ? "debug" : "info";
  }

  private static int limit(String limit) throws PlatformException {
    if (Listing.blank(limit)) {
      return MOST;
    }
    if (!limit.matches("\\d{1,9}")) {
      throw Listing.invalid("limit must be a number from 1 to " + MOST);
    }
    return Math.clamp(Integer.parseInt(limit), 1, MOST);
  }

  private static Instant millis(String name, String text) throws PlatformException {
    if (!text.matches("\\d{1,14}")) {
      throw Listing.invalid(name + " must be whole milliseconds since 1970");
    }
    return Instant.ofEpochMilli(Long.parseLong(text));
  }
}
