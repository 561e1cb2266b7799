package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import dev.wrenn.rest.internal.stream.StreamDoor;
import dev.wrenn.rest.internal.transfer.TransferDoor;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The checked-in OpenAPI document says what the code does. */
class ContractTest {
  private static Map<String, Object> document;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream file = ContractTest.class.getResourceAsStream("/site/openapi.yaml")) {
      document = new Yaml().load(file);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  @Test
  void namesEveryPathAndMethodAndNoOther() {
    Set<String> written = new TreeSet<>();
    map(document.get("paths")).forEach((path, methods) -> map(methods).keySet().forEach(method -> written.add(method + " " + path)));
    Settings settings = new Settings(TestConfig.with(Map.of()));
    Timers timers = new Timers();
    Set<String> real = new TreeSet<>(Set.of("get /health", "get /health/live", "get /health/ready", "get /metrics"));
    StreamDoor.PATHS.forEach(path -> real.add("get /v1" + path));
    TransferDoor.PATHS.forEach((path, methods) -> methods.forEach(method -> real.add(method.toLowerCase(Locale.ROOT) + " /v1" + path)));
    new RestServlet(new PlatformServices(settings), settings, timers, new Traffic()).resources().forEach(resource -> real.addAll(operations(resource.getClass())));
    timers.close();
    assertEquals(real, written);
  }

  private static Set<String> operations(Class<?> resource) {
    Set<String> found = new HashSet<>();
    for (Method method : resource.getDeclaredMethods()) {
      for (Annotation annotation : method.getAnnotations()) {
        HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
        if (verb != null) {
          String below = method.isAnnotationPresent(Path.class) ? method.getAnnotation(Path.class).value() : "";
          found.add(verb.value().toLowerCase(Locale.ROOT) + " " + ("/v1/" + resource.getAnnotation(Path.class).value() + "/" + below)
              .replaceAll("/+", "/").replaceAll("/$", ""));
        }
      }
    }
    return found;
  }

  @Test
  void describesEveryFieldOfEveryBody() {
    Map<String, Object> schemas = map(map(document.get("components")).get("schemas"));
    var naming = (PropertyNamingStrategies.SnakeCaseStrategy) PropertyNamingStrategies.SNAKE_CASE;
    List<Class<?>> records = Stream.of(Views.class, MetricViews.class, FileEntries.class, Requests.class).flatMap(holder -> Arrays.stream(holder.getDeclaredClasses())).toList();
    assertTrue(records.size() > 10);
    for (Class<?> type : records) {
      Map<String, Object> schema = map(schemas.get(type.getSimpleName()));
      assertNotNull(schema, "no schema " + type.getSimpleName());
      Set<String> fields = Arrays.stream(type.getRecordComponents()).map(component -> name(component, naming)).collect(Collectors.toCollection(TreeSet::new));
      assertEquals(fields, new TreeSet<>(map(schema.get("properties")).keySet()), type.getSimpleName());
    }
  }

  private static String name(RecordComponent component, PropertyNamingStrategies.SnakeCaseStrategy naming) {
    JsonProperty said = component.getAccessor().getAnnotation(JsonProperty.class);
    return said != null ? said.value() : naming.translate(component.getName());
  }

  @Test
  void refersOnlyToWhatItHas() {
    Set<String> references = new HashSet<>();
    collect(document, references);
    assertTrue(references.size() > 10);
    for (String reference : references) {
      Object node = document;
      for (String step : reference.substring(2).split("/")) {
        node = map(node).get(step);
        assertNotNull(node, reference);
      }
    }
  }

  private static void collect(Object node, Set<String> references) {
    if (node instanceof Map<?, ?> map) {
      map.forEach((key, value) -> {
        if (key.equals("$ref")) {
          references.add((String) value);
        }
        collect(value, references);
      });
    } else if (node instanceof List<?> list) {
      list.forEach(item -> collect(item, references));
    }
  }
}
