package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.MetricsService;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** What a capsule uses, over a range. A chart whose values nobody knows is not shown. */
class UsageCharts extends Polled<List<MetricPoint>> {
  private static final long serialVersionUID = 1L;
  private final String id;
  private final Chart cpu = new Chart("CPU, all vCPUs", Chart.Unit.PERCENT, "capsule", new Chart.Line("CPU", "--wrenn-accent"));
  private final Chart memory = new Chart("Memory", Chart.Unit.BYTES, "capsule",
      new Chart.Line("in the capsule", "--wrenn-accent"), new Chart.Line("on the host", "--wrenn-busy"));
  private final Chart disk = new Chart("Disk used", Chart.Unit.BYTES, "capsule", new Chart.Line("Disk", "--wrenn-accent"));
  private final Chart network = new Chart("Network", Chart.Unit.RATE, "capsule",
      new Chart.Line("in", "--wrenn-running"), new Chart.Line("out", "--wrenn-busy"));
  private final Segments ranges;
  private final boolean paused;
  private volatile Range range;

  UsageCharts(Capsule capsule) {
    id = capsule.id();
    paused = capsule.status() == CapsuleStatus.PAUSED;
    range = paused ? Range.reaching(capsule.lastUpdated(), Instant.now()) : Range.of("10m");
    ranges = new Segments("Range", Range.CAPSULE, range.word(), word -> choose());
    addClassName("stack");
    setId("usage");
    Div bar = new Div(new H2("Usage"), ranges);
    bar.addClassNames("bar", "section-head");
    if (paused) {
      Span kept = new Span("As it was kept when the capsule was paused");
      kept.addClassName("dim");
      bar.add(kept);
    }
    Div charts = new Div(cpu, memory, disk, network);
    charts.addClassName("charts");
    cpu.max(OptionalDouble.of(100));
    disk.addClassName("gone");
    network.addClassName("gone");
    addComponentAsFirst(bar);
    add(charts);
  }

  private void choose() {
    range = Range.of(ranges.chosen());
    refresh();
  }

  @Override
  List<MetricPoint> fetch(Caller caller) throws Exception {
    Range wanted = range;
    return Platform.call(MetricsService.class, s -> s.capsule(caller, id, wanted.word()));
  }

  @Override
  void show(List<MetricPoint> points) {
    Range shown = range;
    if (!points.isEmpty()) {
      memory.max(amount(points.getLast().memoryTotalBytes()));
      disk.max(amount(points.getLast().diskTotalBytes()));
    }
    cpu.show(shown.length(), table(points, shown.step(), 1, p -> new OptionalDouble[] {OptionalDouble.of(p.cpuPercent())}));
    memory.show(shown.length(), table(points, shown.step(), 2, p -> new OptionalDouble[] {amount(p.memoryBytes()), amount(p.memoryHostBytes())}));
    Points used = table(points, shown.step(), 1, p -> new OptionalDouble[] {amount(p.diskBytes())});
    disk.setClassName("gone", !used.known(0));
    disk.show(shown.length(), used);
    Points flow = Rates.of(points, shown.step());
    network.setClassName("gone", !flow.known(0) && !flow.known(1));
    network.show(shown.length(), flow);
  }

  @Override
  Duration pause() {
    return paused ? Duration.ofMinutes(1) : range.pause();
  }

  @Override
  String subject() {
    return "Usage can't be shown.";
  }

  private static Points table(List<MetricPoint> points, Duration step, int columns, Function<MetricPoint, OptionalDouble[]> values) {
    Points table = new Points(step, columns);
    points.forEach(p -> table.add(p.at(), values.apply(p)));
    return table;
  }

  private static OptionalDouble amount(OptionalLong value) {
    return value.isPresent() ? OptionalDouble.of(value.getAsLong()) : OptionalDouble.empty();
  }
}
