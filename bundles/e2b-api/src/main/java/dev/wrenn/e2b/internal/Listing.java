package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Lists of sandboxes: filtered, in order, page by page. Thread-safe. */
final class Listing {
  private static final int MOST = 100;
  private static final Set<String> STATES = Set.of(Views.RUNNING, Views.PAUSED);

  private final PlatformServices platform;
  private final Templates templates;

  Listing(PlatformServices platform, Templates templates) {
    this.platform = platform;
    this.templates = templates;
  }

  /** The parameters as they came; null where there was none. */
  record Query(String metadata, String state, String order, String startedAfter, String template, String limit, String nextToken) {}

  /** @param next where it goes on, if it does @param running of the team in all, whatever page this is; absent when they were not asked for */
  record Page(List<Capsule> capsules, Optional<String> next, Optional<Long> running) {}

  Page page(Caller caller, Query query) throws PlatformException {
    boolean ascending = ascending(query.order());
    Set<String> states = states(query.state());
    int limit = limit(query.limit());
    Optional<Cursor> cursor = blank(query.nextToken()) ? Optional.empty() : Optional.of(Cursor.parse(query.nextToken(), ascending));
    List<Capsule> fitting = fitting(caller, query).sorted(Cursor.order(ascending)).toList();
    List<Capsule> left = fitting.stream().filter(capsule -> states.contains(Views.state(capsule)))
        .filter(capsule -> cursor.isEmpty() || cursor.get().before(capsule)).toList();
    List<Capsule> page = left.subList(0, Math.min(limit, left.size()));
    return new Page(page, left.size() > limit ? Optional.of(Cursor.behind(page.getLast(), ascending).text()) : Optional.empty(),
        states.contains(Views.RUNNING) ? Optional.of(fitting.stream().filter(capsule -> Views.state(capsule).equals(Views.RUNNING)).count())
            : Optional.empty());
  }

  /** As oldest clients ask: those that run, all of them. */
  List<Capsule> running(Caller caller, String metadata) throws PlatformException {
    return fitting(caller, new Query(metadata, null, null, null, null, null, null)).filter(capsule -> Views.state(capsule).equals(Views.RUNNING))
        .sorted(Cursor.order(false)).toList();
  }

  private Stream<Capsule> fitting(Caller caller, Query query) throws PlatformException {
    Map<String, String> metadata = MetadataFilter.of(query.metadata());
    Optional<Instant> after = startedAfter(query.startedAfter());
    Predicate<String> template = template(caller, query.template());
    return platform.capsules().list(caller, false).stream().filter(Views::shown)
        .filter(capsule -> capsule.options().labels().entrySet().containsAll(metadata.entrySet()))
        .filter(capsule -> after.isEmpty() || Views.started(capsule).isAfter(after.get()))
        .filter(capsule -> template.test(capsule.template()));
  }

  private Predicate<String> template(Caller caller, String wanted) throws PlatformException {
    if (blank(wanted)) {
      return any -> true;
    }
    // A template that is gone may still have sandboxes.
    String name = templates.find(caller, wanted).map(template -> template.name()).orElse(wanted);
    return name::equals;
  }

  private static boolean ascending(String order) throws PlatformException {
    return switch (order == null ? "" : order) {
      case "", "desc" -> false;
      case "asc" -> true;
      default -> throw invalid("order must be asc or desc");
    };
  }

  private static Set<String> states(String state) throws PlatformException {
    if (blank(state)) {
      return STATES;
    }
    Set<String> wanted = Set.copyOf(Stream.of(state.split(",")).map(String::strip).filter(each -> !each.isEmpty()).distinct().toList());
    if (!STATES.containsAll(wanted)) {
      throw invalid("state must be running, paused, or both joined with a comma");
    }
    return wanted;
  }

  static int limit(String limit) throws PlatformException {
    if (blank(limit)) {
      return MOST;
    }
    if (!limit.matches("\\d{1,9}") || Integer.parseInt(limit) < 1) {
      throw invalid("limit must be a number from 1 to " + MOST);
    }
    return Math.min(MOST, Integer.parseInt(limit));
  }

  private static Optional<Instant> startedAfter(String text) throws PlatformException {
    try {
      return blank(text) ? Optional.empty() : Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw invalid("startedAfter must be a moment such as 2026-01-31T12:00:00Z");
    }
  }

  static boolean blank(String text) {
    return text == null || text.isBlank();
  }

  static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message);
  }
}
