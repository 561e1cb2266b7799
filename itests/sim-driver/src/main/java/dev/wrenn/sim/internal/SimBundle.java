package dev.wrenn.sim.internal;

import dev.wrenn.spi.Driver;
import dev.wrenn.spi.hypervisor.HypervisorDriver;
import dev.wrenn.spi.network.NetworkDriver;
import dev.wrenn.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * The three simulated drivers and their agent as one component, because they share it. What they made is in the bundle's data area and
 * outlives the bundle's update. Their ranking is so low that nobody gets them who has not asked for them.
 */
@Component(service = {}, immediate = true)
public final class SimBundle {
  private static final int CAPACITY = 60_000;
  private static final int RANKING = -1_000_000;

  private final SimAgent agent;
  private final SimHypervisor hypervisor;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public SimBundle(BundleContext context) throws IOException {
    Path directory = context.getDataFile("sim").toPath();
    agent = agent(Files.createDirectories(directory).resolve("port"));
    hypervisor = new SimHypervisor(directory, agent);
    register(context, HypervisorDriver.class, hypervisor);
    register(context, StorageDriver.class, new SimStorage(directory));
    register(context, NetworkDriver.class, new SimNetwork(directory, agent.port(), CAPACITY));
  }

  @Deactivate
  void stop() throws IOException {
    registrations.reversed().forEach(ServiceRegistration::unregister);
    hypervisor.close();
    agent.close();
  }

  /** The agent's port is part of addresses that are kept elsewhere, so it stays. */
  private static SimAgent agent(Path file) throws IOException {
    if (Files.exists(file)) {
      return new SimAgent(Integer.parseInt(Files.readString(file)));
    }
    SimAgent agent = new SimAgent(0);
    Files.writeString(file, Integer.toString(agent.port()));
    return agent;
  }

  private <D extends Driver> void register(BundleContext context, Class<D> kind, D driver) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(Driver.NAME, driver.name());
    properties.put(Driver.VERSION, driver.version());
    properties.put(Constants.SERVICE_RANKING, RANKING);
    registrations.add(context.registerService(kind, driver, properties));
  }
}
