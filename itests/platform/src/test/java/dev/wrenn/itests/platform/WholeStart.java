package dev.wrenn.itests.platform;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeatureState;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** What holds for every role: the distribution starts whole, with every bundle and every component, and in one go. */
public abstract class WholeStart extends PlatformContainer {

  protected static final Duration LIMIT = Duration.ofSeconds(60);

  @Inject
  private BundleContext context;
  @Inject
  protected FeaturesService features;
  @Inject
  private ServiceComponentRuntime components;

  @Test
  public void everyBundleIsActive() throws Exception {
    Waiting.untilEmpty(LIMIT, () -> Arrays.stream(context.getBundles())
        .filter(bundle -> bundle.getState() != expectedState(bundle))
        .map(bundle -> bundle.getSymbolicName() + " is in state " + bundle.getState())
        .collect(Collectors.joining(", ")));
  }

  @Test
  public void noComponentOfOursLacksAnything() throws Exception {
    Waiting.untilEmpty(LIMIT, () -> components.getComponentDescriptionDTOs(ours()).stream()
        .flatMap(description -> components.getComponentConfigurationDTOs(description).stream())
        .filter(configuration -> configuration.state != ComponentConfigurationDTO.ACTIVE
            && configuration.state != ComponentConfigurationDTO.SATISFIED)
        .map(WholeStart::whatItLacks)
        .collect(Collectors.joining(", ")));
    Stream<ComponentDescriptionDTO> all = components.getComponentDescriptionDTOs(ours()).stream();
    assertTrue("no component at all", all.findAny().isPresent());
  }

  @Test
  public void theFirstBootRefreshedNothing() throws Exception {
    String log = log();
    assertTrue("this is not the log of a boot", log.contains("Starting bundles"));
    assertFalse("the boot stopped bundles that it had started", log.contains("Stopping bundles"));
  }

  /** The API says that it is well. */
  protected static void healthAnswers() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest ask = HttpRequest.newBuilder(url("/health")).timeout(Duration.ofSeconds(5)).build();
    Waiting.untilEmpty(LIMIT, () -> {
      try {
        HttpResponse<String> answer = client.send(ask, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() == 200 && answer.body().contains("\"ok\"") ? "" : answer.statusCode() + " " + answer.body();
      } catch (IOException notYet) {
        return notYet.toString();
      }
    });
  }

  /** Names of the features of ours that run. */
  protected Set<String> startedFeatures() throws Exception {
    return Stream.of(features.listFeatures())
        .filter(feature -> feature.getName().startsWith("wrenn-"))
        .filter(feature -> features.getState(feature.getId()) == FeatureState.Started)
        .map(Feature::getName)
        .collect(Collectors.toSet());
  }

  private Bundle[] ours() {
    return Arrays.stream(context.getBundles()).filter(bundle -> bundle.getSymbolicName().startsWith("dev.wrenn.")).toArray(Bundle[]::new);
  }

  private static int expectedState(Bundle bundle) {
    return bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null ? Bundle.ACTIVE : Bundle.RESOLVED;
  }

  private static String whatItLacks(ComponentConfigurationDTO configuration) {
    Set<String> references = Arrays.stream(configuration.unsatisfiedReferences)
        .map(reference -> reference.name + " " + reference.target).collect(Collectors.toSet());
    return configuration.description.name + " lacks " + references + (configuration.failure == null ? "" : ": " + configuration.failure);
  }

  private static String log() throws IOException {
    return Files.readString(Path.of(System.getProperty("karaf.log")).resolve("wrenn.log"));
  }
}
