package dev.wrenn.rest.internal;

import dev.wrenn.metrics.MetricPoint;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService.Host;
import dev.wrenn.platform.PlatformException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code /metrics} tells. Thread-safe. */
final class Monitoring {
  private static final Logger LOG = LoggerFactory.getLogger(Monitoring.class);
  private static final String GAUGE = "gauge";
  private static final String COUNTER = "counter";

  private final PlatformServices platform;
  private final Traffic traffic;

  Monitoring(PlatformServices platform, Traffic traffic) {
    this.platform = platform;
    this.traffic = traffic;
  }

  /** @param caller whose team's capsules are told one by one; a platform admin is told of the platform and its hosts besides */
  String text(Caller caller) {
    Exposition out = new Exposition();
    if (caller.admin()) {
      machine(out);
      traffic(out);
      part("hosts", () -> hosts(out, platform.hosts().hosts(caller)));
    }
    part("capsules", () -> capsules(out, platform.metrics().latest(caller)));
    return out.toString();
  }

  private interface Part {
    void tell() throws PlatformException;
  }

  /** One part that is away does not take the others with it. */
  private static void part(String name, Part part) {
    try {
      part.tell();
    } catch (PlatformException e) {
      LOG.debug("no metrics of {} now: {}", name, e.getMessage());
    }
  }

  private static void machine(Exposition out) {
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    var runtime = ManagementFactory.getRuntimeMXBean();
    out.single("process_start_time_seconds", GAUGE, "When this process started, in seconds since 1970", runtime.getStartTime() / 1000.0);
    ProcessHandle.current().info().totalCpuDuration().ifPresent(cpu -> out.single("process_cpu_seconds_total", COUNTER,
        "Processor time of this process", cpu.toMillis() / 1000.0));
    out.single("jvm_heap_used_bytes", GAUGE, "Heap in use, with what the next collection frees", heap.getUsed());
    out.single("jvm_heap_max_bytes", GAUGE, "Heap that may be used", heap.getMax());
    out.single("jvm_platform_threads", GAUGE, "Threads of the operating system", ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private void traffic(Exposition out) {
    Map<Traffic.Kind, Traffic.Answers> answers = traffic.answers();
    out.metric("wrenn_http_requests_total", COUNTER, "Requests that were answered; streams are counted when they end");
    answers.forEach((kind, those) -> out.value("wrenn_http_requests_total", those.count().sum(), labels(kind)));
    out.metric("wrenn_http_request_seconds_total", COUNTER, "Time that the answers took together");
    answers.forEach((kind, those) -> out.value("wrenn_http_request_seconds_total", those.nanos().sum() / 1e9, labels(kind)));
    out.single("wrenn_streams", GAUGE, "WebSockets that are open", traffic.streams());
    out.single("wrenn_streams_total", COUNTER, "WebSockets that were opened", traffic.streamsBegun());
    out.metric("wrenn_file_bytes_total", COUNTER, "Bytes of files in and out of capsules");
    out.value("wrenn_file_bytes_total", traffic.bytesIn(), "direction", "in").value("wrenn_file_bytes_total", traffic.bytesOut(), "direction", "out");
  }

  private static String[] labels(Traffic.Kind kind) {
    return new String[] {"method", kind.method(), "status", Integer.toString(kind.status())};
  }

  private static void hosts(Exposition out, List<Host> hosts) {
    host(out, hosts, "wrenn_host_accepting", "Whether the host takes new capsules", host -> host.accepting() ? 1 : 0);
    host(out, hosts, "wrenn_host_capsules", "Capsules on the host", Host::capsules);
    host(out, hosts, "wrenn_host_vcpus", "Processors that may be promised", Host::cpuTotal);
    host(out, hosts, "wrenn_host_vcpus_used", "Processors that are promised", Host::cpuUsed);
    host(out, hosts, "wrenn_host_memory_bytes", "Memory that may be promised", host -> (double) host.memoryTotalMib() * (1 << 20));
    host(out, hosts, "wrenn_host_memory_used_bytes", "Memory that is promised", host -> (double) host.memoryUsedMib() * (1 << 20));
    host(out, hosts, "wrenn_host_disk_bytes", "Disk that may be promised", host -> (double) host.diskTotalMib() * (1 << 20));
    host(out, hosts, "wrenn_host_disk_used_bytes", "Disk that is promised", host -> (double) host.diskUsedMib() * (1 << 20));
  }

  private static void host(Exposition out, List<Host> hosts, String name, String help, ToDoubleFunction<Host> value) {
    out.metric(name, GAUGE, help);
    hosts.forEach(host -> out.value(name, value.applyAsDouble(host), "host", host.id()));
  }

  private static void capsules(Exposition out, Map<String, MetricPoint> latest) {
    out.metric("wrenn_capsule_cpu_percent", GAUGE, "Of all processors of the capsule, in the caller's team");
    latest.forEach((id, point) -> out.value("wrenn_capsule_cpu_percent", point.cpuPercent(), "capsule", id));
    capsule(out, latest, "wrenn_capsule_memory_bytes", GAUGE, "Memory used in the capsule", MetricPoint::memoryBytes);
    capsule(out, latest, "wrenn_capsule_memory_host_bytes", GAUGE, "Memory that the capsule takes of its host", MetricPoint::memoryHostBytes);
    capsule(out, latest, "wrenn_capsule_disk_bytes", GAUGE, "Disk used in the capsule", MetricPoint::diskBytes);
    capsule(out, latest, "wrenn_capsule_receive_bytes_total", COUNTER, "Bytes that came into the capsule", MetricPoint::rxBytes);
    capsule(out, latest, "wrenn_capsule_transmit_bytes_total", COUNTER, "Bytes that left the capsule", MetricPoint::txBytes);
  }

  private static void capsule(
      Exposition out, Map<String, MetricPoint> latest, String name, String kind, String help, Function<MetricPoint, OptionalLong> value) {
    out.metric(name, kind, help);
    latest.forEach((id, point) -> value.apply(point).ifPresent(known -> out.value(name, known, "capsule", id)));
  }
}
