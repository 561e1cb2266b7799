package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostAgent;
import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Hosts and drivers, for platform admins. */
@Component(service = HostService.class)
public final class HostUseCases implements HostService {
  private static final Duration PROBE = Duration.ofSeconds(90);
  private final Hosts hosts;

  @Activate
  public HostUseCases(@Reference Hosts hosts) {
    this.hosts = hosts;
  }

  @Override
  public List<Host> hosts(Caller caller) throws PlatformException {
    needAdmin(caller);
    return hosts.all().stream().map(h -> show(h.getValue().status())).toList();
  }

  @Override
  public List<DriverInfo> drivers(Caller caller) throws PlatformException {
    needAdmin(caller);
    List<DriverInfo> all = new ArrayList<>();
    for (Map.Entry<String, HostAgent> host : hosts.all()) {
      host.getValue().drivers().forEach(d -> all.add(show(host.getKey(), d)));
    }
    return all;
  }

  @Override
  public DriverInfo probe(Caller caller, String host, String kind, String name) throws PlatformException {
    needAdmin(caller);
    HostAgent agent = hosts.find(host).orElseThrow(() -> new PlatformException(Code.NOT_FOUND, "Host '" + host + "' is not connected."));
    try {
      return show(host, agent.probe(kind, name, PROBE));
    } catch (HostException e) {
      throw switch (e.code()) {
        case NOT_FOUND -> new PlatformException(Code.NOT_FOUND, e.getMessage(), e);
        case UNAVAILABLE -> new PlatformException(Code.HOST_UNAVAILABLE, e.getMessage(), e);
        default -> new PlatformException(Code.AGENT_ERROR, e.getMessage(), e);
      };
    }
  }

  private static void needAdmin(Caller caller) throws PlatformException {
    if (!caller.admin()) {
      throw new PlatformException(Code.FORBIDDEN, "Only platform admins see hosts and drivers; sign in as one (an API key acts as a member of its team).");
    }
  }

  private static Host show(HostStatus s) {
    return new Host(s.id(), s.accepting(), s.problems(), s.cpuTotal(), s.cpuUsed(), s.memoryTotalMib(), s.memoryUsedMib(), s.diskTotalMib(), s.diskUsedMib(),
        s.capsules(), s.since(), s.facts());
  }

  private static DriverInfo show(String host, HostAgent.DriverStatus d) {
    return new DriverInfo(host, d.kind(), d.name(), d.version(), d.preferred(), d.usable(), d.summary(), d.facts(), d.capsules());
  }
}
