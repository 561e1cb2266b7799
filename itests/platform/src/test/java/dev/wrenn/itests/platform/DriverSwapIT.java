package dev.wrenn.itests.platform;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import dev.wrenn.platform.HostService.DriverInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.FrameworkWiring;

/** Driver bundles go, come and change while a capsule runs and the output of a process in it is being read. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class DriverSwapIT extends CapsuleContainer {

  @Inject
  private BundleContext context;

  @Override
  protected String prefix() {
    return "wexsw";
  }

  @Override
  protected String subnet() {
    return "10.60.0.0/16";
  }

  @Test
  public void theHypervisorDriverIsUpdatedUnderAnOpenStream() throws Exception {
    Bundle driver = bundle("dev.wrenn.hypervisor-qemu");
    DriverInfo before = driver("hypervisor", "qemu");
    String id = aCapsule().id();
    String microVm = new Machine(prefix(), data()).microVm(id);
    assertFalse(microVm.isEmpty());
    List<String> moved = Collections.synchronizedList(new ArrayList<>());
    SynchronousBundleListener listener = event -> {
      if (event.getType() == BundleEvent.STOPPED || event.getType() == BundleEvent.STARTED) {
        moved.add(event.getBundle().getSymbolicName());
      }
    };
    context.addBundleListener(listener);
    try (Counter counter = new Counter(capsules.processes(operator, id))) {
      counter.countsOn(LIMIT);

      driver.stop();
      Waiting.untilEmpty(LIMIT, () -> hosts.drivers(operator).stream().anyMatch(each -> each.name().equals("qemu")) ? "the driver is still listed" : "");
      assertEquals("without its driver", microVm, new Machine(prefix(), data()).microVm(id));
      counter.countsOn(LIMIT);
      assertEquals("no driver needed", exec(id, "echo no driver needed"));

      driver.update(new NextVersion(driver).jar());
      refresh(driver);
      driver.start();
      Waiting.untilEmpty(LIMIT, () -> hosts.drivers(operator).stream().filter(each -> each.name().equals("qemu"))
          .anyMatch(each -> each.capsules() == 1 && !each.version().equals(before.version())) ? "" : "drivers: " + hosts.drivers(operator));
      counter.countsOn(LIMIT);
    } finally {
      context.removeBundleListener(listener);
    }
    assertEquals("after the update", microVm, new Machine(prefix(), data()).microVm(id));
    assertEquals("still here", exec(id, "echo still here"));
    assertEquals("no other bundle was touched", List.of(driver.getSymbolicName(), driver.getSymbolicName()), moved);
    capsules.destroy(operator, id);
    assertEquals("", new Machine(prefix(), data()).microVm(id));
    // The new version makes capsules, too.
    assertEquals("anew", exec(aCapsule().id(), "echo anew"));
  }

  @Test
  public void storageAndNetworkDriversRestartUnderAnOpenStream() throws Exception {
    String id = aCapsule().id();
    String microVm = new Machine(prefix(), data()).microVm(id);
    try (Counter counter = new Counter(capsules.processes(operator, id))) {
      counter.countsOn(LIMIT);
      exec(id, "echo kept > /root/kept; sync");
      for (String name : List.of("dev.wrenn.network-tap", "dev.wrenn.storage-file")) {
        Bundle driver = bundle(name);
        driver.stop();
        counter.countsOn(LIMIT);
        assertEquals(name + " is stopped", "kept", exec(id, "cat /root/kept"));
        driver.start();
        counter.countsOn(LIMIT);
      }
    }
    Waiting.untilEmpty(LIMIT, () -> hosts.drivers(operator).stream().filter(each -> List.of("qemu", "tap", "file").contains(each.name()))
        .filter(each -> each.capsules() == 1).count() == 3 ? "" : "drivers: " + hosts.drivers(operator));
    assertEquals(microVm, new Machine(prefix(), data()).microVm(id));
    assertEquals("kept", exec(id, "cat /root/kept"));
    capsules.destroy(operator, id);
    assertEquals("anew", exec(aCapsule().id(), "echo anew"));
  }

  /** What was saved is not a driver's: a later version of each goes on with it. */
  @Test
  public void everyDriverIsUpdatedWhileACapsuleIsPaused() throws Exception {
    String id = aCapsule().id();
    String look = "cat /proc/sys/kernel/random/boot_id; sync; echo 3 > /proc/sys/vm/drop_caches; sha256sum /dev/shm/kept /root/kept";
    exec(id, "head -c 1M /dev/urandom > /dev/shm/kept; head -c 1M /dev/urandom > /root/kept");
    String kept = exec(id, look);
    for (String name : List.of("dev.wrenn.storage-file", "dev.wrenn.network-tap", "dev.wrenn.hypervisor-qemu")) {
      capsules.pause(operator, id);
      Bundle driver = bundle(name);
      driver.update(new NextVersion(driver).jar());
      refresh(driver);
      capsules.resume(operator, id, false);
      assertEquals(name + " is another one", kept, exec(id, look));
      // The pages that changed since are saved by the new version.
      exec(id, "head -c 1M /dev/urandom > /dev/shm/kept; head -c 1M /dev/urandom > /root/kept");
      kept = exec(id, look);
    }
    capsules.pause(operator, id);
    capsules.resume(operator, id, false);
    assertEquals(kept, exec(id, look));
    capsules.destroy(operator, id);
    assertEquals("", new Machine(prefix(), data()).microVm(id));
  }

  private DriverInfo driver(String kind, String name) throws Exception {
    return hosts.drivers(operator).stream().filter(each -> each.kind().equals(kind) && each.name().equals(name)).findFirst().orElseThrow();
  }

  private Bundle bundle(String name) {
    return Arrays.stream(context.getBundles()).filter(each -> each.getSymbolicName().equals(name)).findFirst().orElseThrow();
  }

  private void refresh(Bundle bundle) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> done.countDown());
    assertTrue("the framework did not refresh " + bundle.getSymbolicName(), done.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
  }
}
