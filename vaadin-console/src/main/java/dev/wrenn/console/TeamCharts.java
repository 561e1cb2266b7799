package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.MetricsService.Bucket;
import dev.wrenn.platform.MetricsService.Reserved;
import dev.wrenn.platform.MetricsService.TeamStats;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Running capsules of the team and what is reserved for them, over a range. */
class TeamCharts extends Polled<TeamStats> {
  private static final long serialVersionUID = 1L;
  private final Chart running = new Chart("Running capsules", Chart.Unit.COUNT, "team", new Chart.Line("Running", "--wrenn-running"));
  private final Chart vcpus = new Chart("vCPUs reserved", Chart.Unit.COUNT, "team", new Chart.Line("vCPUs", "--wrenn-accent"));
  private final Chart memory = new Chart("Memory reserved", Chart.Unit.MEBIBYTES, "team", new Chart.Line("Memory", "--wrenn-busy"));
  private final Div now = new Div();
  private final Segments ranges = new Segments("Range", Range.TEAM, "1h", word -> choose());
  private volatile Range range = Range.of("1h");

  TeamCharts() {
    addClassName("stack");
    setId("team-charts");
    Div bar = new Div(new H2("Reserved"), ranges);
    bar.addClassNames("bar", "section-head");
    Div charts = new Div(running, vcpus, memory);
    charts.addClassNames("charts", "three");
    addComponentAsFirst(now);
    addComponentAtIndex(1, bar);
    add(charts);
  }

  private void choose() {
    range = Range.of(ranges.chosen());
    refresh();
  }

  @Override
  TeamStats fetch(Caller caller) throws Exception {
    Range wanted = range;
    return Platform.call(MetricsService.class, s -> s.team(caller, wanted.word()));
  }

  @Override
  void show(TeamStats stats) {
    Facts facts = new Facts();
    Reserved current = stats.current();
    Reserved peaks = stats.peaks();
    facts.add("Running now", Integer.toString(current.running()));
    facts.add("vCPUs now", Integer.toString(current.vcpus()));
    facts.add("Memory now", Words.mebibytes(current.memoryMb()));
    facts.add("Most running, 30 days", Integer.toString(peaks.running()));
    facts.add("Most vCPUs, 30 days", Integer.toString(peaks.vcpus()));
    facts.add("Most memory, 30 days", Words.mebibytes(peaks.memoryMb()));
    now.removeAll();
    now.add(facts);
    Duration length = Range.of(stats.range()).length();
    running.show(length, column(stats.series(), Reserved::running));
    vcpus.show(length, column(stats.series(), Reserved::vcpus));
    memory.show(length, column(stats.series(), Reserved::memoryMb));
  }

  private static Points column(List<Bucket> buckets, ToDoubleFunction<Reserved> value) {
    Points points = new Points(spacing(buckets), 1);
    buckets.forEach(b -> points.add(b.at(), OptionalDouble.of(value.applyAsDouble(b.greatest()))));
    return points;
  }

  /** Buckets are all of one length; the closest two say which. */
  static Duration spacing(List<Bucket> buckets) {
    Duration least = Duration.ofDays(1);
    for (int i = 1; i < buckets.size(); i++) {
      Duration between = Duration.between(buckets.get(i - 1).at(), buckets.get(i).at());
      if (between.isPositive() && between.compareTo(least) < 0) {
        least = between;
      }
    }
    return least;
  }

  @Override
  Duration pause() {
    return range.length().toMinutes() <= 5 ? Duration.ofSeconds(3) : Duration.ofSeconds(10);
  }

  @Override
  String subject() {
    return "Metrics can't be shown.";
  }
}
