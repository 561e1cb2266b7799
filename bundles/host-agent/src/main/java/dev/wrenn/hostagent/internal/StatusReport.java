package dev.wrenn.hostagent.internal;

import dev.wrenn.host.HostAgent.DriverStatus;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.hostagent.internal.drivers.DriverEntry;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.life.Capsules;
import dev.wrenn.hostagent.internal.life.HostContext;
import dev.wrenn.hostagent.internal.machine.Admission;
import dev.wrenn.hostagent.internal.machine.GuestFiles.Images;
import dev.wrenn.spi.Probe;
import dev.wrenn.spi.hypervisor.BootPlan.GuestKernel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The state of this host for operators and schedulers: what it has, what is used, what is wrong and what to do. */
final class StatusReport {
  private final HostContext host;
  private final Capsules capsules;
  private final List<String> damage;
  private final Instant since = Instant.now();

  StatusReport(HostContext host, Capsules capsules, List<String> damage) {
    this.host = host;
    this.capsules = capsules;
    this.damage = List.copyOf(damage);
  }

  HostStatus status() {
    List<String> problems = new ArrayList<>(host.drivers().problems());
    Images images = host.files().images();
    String kernel = kernel(problems);
    Admission.Capacity total = total(problems);
    boolean accepting = problems.isEmpty() && !images.images().isEmpty();
    problems.addAll(images.problems());
    problems.addAll(damage);
    capsules.all().stream().map(life -> life.trouble()).filter(words -> !words.isEmpty()).forEach(problems::add);
    Admission.Capacity used = host.admission().used();
    return new HostStatus(host.settings().hostId(), since, accepting, List.copyOf(problems), total.cpus(), used.cpus(), megs(total.memoryMib()),
        megs(used.memoryMib()), total.diskMib(), used.diskMib(), used.capsules(), Stream.concat(images.images().stream(), capsules.saves().templates().stream()).toList(), facts(kernel));
  }

  List<DriverStatus> drivers() {
    List<DriverStatus> told = new ArrayList<>();
    for (Kind<?, ?> kind : Kind.ALL) {
      boolean preferred = true;
      for (DriverEntry<?> entry : host.drivers().ordered(kind)) {
        told.add(of(entry, preferred && entry.usable()));
        preferred = false;
      }
    }
    return told;
  }

  DriverStatus of(DriverEntry<?> entry) {
    boolean preferred = host.drivers().ordered(entry.kind()).stream().findFirst()
        .filter(first -> first.usable() && first.driver() == entry.driver()).isPresent();
    return of(entry, preferred);
  }

  private DriverStatus of(DriverEntry<?> entry, boolean preferred) {
    String kind = entry.kind().name();
    int made = (int) capsules.all().stream().filter(life -> life.state() == State.RUNNING)
        .filter(life -> entry.name().equals(life.record().drivers().get(kind))).count();
    return new DriverStatus(kind, entry.name(), entry.driver().version(), preferred, entry.probe().map(Probe::usable), entry.summary(),
        entry.probe().map(Probe::facts).orElse(Map.of()), made);
  }

  private String kernel(List<String> problems) {
    try {
      GuestKernel kernel = host.files().kernel();
      return kernel.version();
    } catch (HostException e) {
      problems.add(e.getMessage());
      return "none";
    }
  }

  private Admission.Capacity total(List<String> problems) {
    try {
      Admission.Capacity total = host.capacity().total();
      if (total.diskFreeMib() <= 0) {
        problems.add("The disk of " + host.settings().directory() + " is full up to the reserve of "
            + host.settings().shares().diskReserveMib() + " MiB: free space there, or lower diskReserveMib in dev.wrenn.host");
      }
      return total;
    } catch (HostException e) {
      problems.add(e.getMessage());
      return new Admission.Capacity(0, 0, 0, 0, 0);
    }
  }

  private Map<String, String> facts(String kernel) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("arch", System.getProperty("os.arch"));
    facts.put("host_kernel", System.getProperty("os.version"));
    facts.put("java_version", System.getProperty("java.version"));
    facts.put("kernel_version", kernel);
    facts.put("agent_version", host.files().agentVersion());
    facts.putAll(host.warm().facts());
    facts.putAll(capsules.readyFacts());
    return facts;
  }

  private static int megs(long mib) {
    return (int) Math.min(Integer.MAX_VALUE, mib);
  }
}
