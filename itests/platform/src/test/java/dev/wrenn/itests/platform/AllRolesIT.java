package dev.wrenn.itests.platform;

import static org.junit.Assert.assertEquals;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.features.Feature;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** Both roles in one: all features run, and the API answers. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class AllRolesIT extends WholeStart {

  @Test
  public void everyFeatureIsStarted() throws Exception {
    Set<String> ours = Stream.of(features.listFeatures()).map(Feature::getName).filter(name -> name.startsWith("wrenn-"))
        .collect(Collectors.toSet());
    assertEquals(ours, startedFeatures());
  }

  @Test
  public void theApiAnswers() throws Exception {
    healthAnswers();
  }
}
