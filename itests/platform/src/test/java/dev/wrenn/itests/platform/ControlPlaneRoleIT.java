package dev.wrenn.itests.platform;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Set;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** A control plane alone: it answers, and no driver and no host is installed. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ControlPlaneRoleIT extends WholeStart {

  @Override
  protected String role() {
    return "control-plane";
  }

  @Test
  public void noHostIsThere() throws Exception {
    Set<String> started = startedFeatures();
    assertTrue(started.toString(), started.contains("wrenn-rest-api"));
    for (String absent : new String[] {"wrenn-host-agent", "wrenn-guest-client", "wrenn-native-linux", "wrenn-hypervisor-qemu", "wrenn-network-tap"}) {
      assertFalse(absent + " is there", started.contains(absent));
    }
  }

  @Test
  public void theApiAnswers() throws Exception {
    healthAnswers();
  }
}
