package dev.wrenn.shell.internal;

import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.PlatformException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;
import org.apache.karaf.shell.support.completers.StringsCompleter;

@Service
@Command(scope = "capsule", name = "metrics",
    description = "Shows what a capsule uses, now and over a time; without an id the newest numbers of all that run")
public final class MetricsCommand extends OperatorCommand {
  @Reference(optional = true)
  MetricsService service;

  @Option(name = "--range", valueToShowInHelp = "5m", description = "5m, 10m, 1h, 2h, 6h, 12h or 24h")
  @Completion(value = StringsCompleter.class, values = {"5m", "10m", "1h", "2h", "6h", "12h", "24h"})
  String range = "5m";

  @Option(name = "--no-format", description = "Values with tabs between them, and no header: one line a point")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON: all points")
  boolean json;

  @Argument(name = "id", description = "Id of the capsule")
  @Completion(LiveCapsuleCompleter.class)
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    MetricsService metrics = needed(service);
    if (id == null) {
      newest(metrics.latest(operator));
      return;
    }
    List<MetricPoint> points = metrics.capsule(operator, id, range);
    if (noFormat || json) {
      Listing table = new Listing("", "At", "CPU percent", "Memory bytes", "Memory total bytes", "Memory host bytes", "Disk bytes",
          "Disk total bytes", "Received bytes", "Sent bytes");
      points.forEach(point -> table.row(point.at(), cpu(point), some(point.memoryBytes()), some(point.memoryTotalBytes()),
          some(point.memoryHostBytes()), some(point.diskBytes()), some(point.diskTotalBytes()), some(point.rxBytes()), some(point.txBytes())));
      table.print(System.out, noFormat, json);
    } else if (points.isEmpty()) {
      System.out.println("No numbers of " + id + " yet: try again in a few seconds");
    } else {
      picture(points);
    }
  }

  private void newest(Map<String, MetricPoint> latest) {
    Listing table = new Listing("No numbers: no capsule runs, or none long enough", "ID", "At", "CPU %", "Memory", "Memory total", "On the host", "Disk", "Disk total");
    new TreeMap<>(latest).forEach((capsule, point) -> table.row(capsule, point.at(), cpu(point), size(point.memoryBytes()),
        size(point.memoryTotalBytes()), size(point.memoryHostBytes()), size(point.diskBytes()), size(point.diskTotalBytes())));
    table.print(System.out, noFormat, json);
  }

  private void picture(List<MetricPoint> points) {
    MetricPoint now = points.getLast();
    new Facts()
        .add("cpu", String.format(Locale.ROOT, "%-24s %s", cpu(now) + " %", Sparkline.of(points.stream().map(MetricPoint::cpuPercent).toList(), 100)))
        .add("memory", part(points, MetricPoint::memoryBytes, now.memoryTotalBytes()))
        .add("on the host", part(points, MetricPoint::memoryHostBytes, OptionalLong.empty()))
        .add("disk", part(points, MetricPoint::diskBytes, now.diskTotalBytes()))
        .add("received", some(now.rxBytes()).map(Listing::bytes))
        .add("sent", some(now.txBytes()).map(Listing::bytes))
        .add("points", points.size() + " in " + range + ", from " + points.getFirst().at() + " to " + now.at())
        .print(System.out);
  }

  private static Optional<String> part(List<MetricPoint> points, Function<MetricPoint, OptionalLong> value, OptionalLong total) {
    OptionalLong now = value.apply(points.getLast());
    if (now.isEmpty()) {
      return Optional.empty();
    }
    List<Double> known = points.stream().map(value).filter(OptionalLong::isPresent).map(some -> (double) some.getAsLong()).toList();
    String text = Listing.bytes(now.getAsLong()) + (total.isPresent() ? " of " + Listing.bytes(total.getAsLong()) : "");
    return Optional.of(String.format(Locale.ROOT, "%-24s %s", text, Sparkline.of(known, total.orElse(0))));
  }

  private static double cpu(MetricPoint point) {
    return Math.round(point.cpuPercent() * 10) / 10.0;
  }

  private static Optional<Long> some(OptionalLong value) {
    return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
  }

  private Optional<Object> size(OptionalLong value) {
    return some(value).map(bytes -> json ? bytes : (Object) Listing.bytes(bytes));
  }
}
