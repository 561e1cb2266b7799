package dev.wrenn.itests.platform;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Set;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** A host alone: capsules can run there, and nothing of API, console or database is installed. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class HostRoleIT extends WholeStart {

  @Override
  protected String role() {
    return "host";
  }

  @Test
  public void onlyTheHostIsThere() throws Exception {
    Set<String> started = startedFeatures();
    assertTrue(started.toString(), started.contains("wrenn-host-agent"));
    for (String absent : new String[] {"wrenn-web", "wrenn-jpa", "wrenn-rest-api", "wrenn-console", "wrenn-control-plane"}) {
      assertFalse(absent + " is there", started.contains(absent));
    }
  }
}
