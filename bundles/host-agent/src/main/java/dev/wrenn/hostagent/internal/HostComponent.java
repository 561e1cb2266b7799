package dev.wrenn.hostagent.internal;

import dev.wrenn.guest.GuestClients;
import dev.wrenn.host.HostAgent;
import dev.wrenn.hostagent.internal.drivers.Drivers;
import dev.wrenn.hostagent.internal.drivers.Kind;
import dev.wrenn.hostagent.internal.life.PageServerGate;
import dev.wrenn.hostagent.internal.life.SnapshotGate;
import dev.wrenn.hostagent.internal.machine.Machine;
import dev.wrenn.snapshot.Snapshots;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.storage.StorageDriver;
import dev.wrenn.uffd.PageServer;
import java.io.IOException;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Runs the host for as long as this component is active. The {@link HostAgent} is registered by hand, because its id is a service
 * property that is known only once the directory has been read.
 */
@Component(configurationPid = "dev.wrenn.host", configurationPolicy = ConfigurationPolicy.REQUIRE, immediate = true, service = {})
@Designate(ocd = HostConfig.class)
public final class HostComponent {
  private final BundleContext context;
  private final HostSettings settings;
  private final Drivers drivers;
  private final GuestClients guests;
  private final SnapshotGate snapshots = new SnapshotGate();
  private final PageServerGate pages = new PageServerGate();
  private Host host;
  private ServiceRegistration<HostAgent> registration;

  @Activate
  public HostComponent(BundleContext context, HostConfig config, @Reference GuestClients guests) throws IOException {
    this.context = context;
    this.guests = guests;
    settings = SettingsReader.read(config, new Machine());
    drivers = new Drivers(settings.drivers());
  }

  @Activate
  void start() throws IOException {
    host = new Host(settings, drivers, guests, snapshots, pages, FaultPoint.NONE);
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(HostAgent.ID, settings.hostId());
    registration = context.registerService(HostAgent.class, host.agent(), properties);
  }

  @Deactivate
  void stop() throws IOException {
    registration.unregister();
    host.close();
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addHypervisor(HypervisorDriver driver, Map<String, Object> properties) {
    drivers.add(Kind.HYPERVISOR, driver, ranking(properties));
  }

  void removeHypervisor(HypervisorDriver driver) {
    drivers.remove(Kind.HYPERVISOR, driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addStorage(StorageDriver driver, Map<String, Object> properties) {
    drivers.add(Kind.STORAGE, driver, ranking(properties));
  }

  void removeStorage(StorageDriver driver) {
    drivers.remove(Kind.STORAGE, driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addNetwork(NetworkDriver driver, Map<String, Object> properties) {
    drivers.add(Kind.NETWORK, driver, ranking(properties));
  }

  void removeNetwork(NetworkDriver driver) {
    drivers.remove(Kind.NETWORK, driver);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void setSnapshots(Snapshots service) {
    snapshots.set(service);
  }

  void unsetSnapshots(Snapshots service) {
    snapshots.unset(service);
  }

  @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
  void setPageServer(PageServer service) {
    pages.set(service);
  }

  void unsetPageServer(PageServer service) {
    pages.unset(service);
  }

  private static int ranking(Map<String, Object> properties) {
    return properties.get(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0;
  }
}
