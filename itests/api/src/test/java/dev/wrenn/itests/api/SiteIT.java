package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Target.Shared.class)
class SiteIT {
  @ParameterizedTest
  @ValueSource(strings = {"", "/api"})
  void answersWithoutCredentials(String mount, Target target) throws Exception {
    assertEquals("ok", target.anonymous().get(mount + "/health").expect(200).json().get("status").asText());
    HttpResponse<String> yaml = target.raw("GET", mount + "/openapi.yaml", null);
    assertEquals("application/yaml", yaml.headers().firstValue("Content-Type").orElse(""));
    assertTrue(yaml.body().startsWith("openapi: 3.1"));
    assertTrue(target.raw("GET", mount + "/docs", null).headers().firstValue("Content-Type").orElse("").startsWith("text/html"));
  }

  @Test
  void leadsToTheConsole(Target target) throws Exception {
    HttpResponse<String> root = target.raw("GET", "/", null);
    assertEquals(302, root.statusCode());
    assertEquals("/console/", root.headers().firstValue("Location").orElse(""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1", "/v1/nothing", "/v1/services", "/api/v1/nothing", "/api/nothing", "/nothing"})
  void knowsNoOtherPaths(String path, Target target) throws Exception {
    HttpResponse<String> answer = target.raw("GET", path, null, "X-API-Key", target.key);
    assertEquals(404, answer.statusCode());
    assertTrue(answer.body().contains("\"not_found\""), answer.body());
  }

  @Test
  void refusesOtherMethodsAndHugeBodies(Target target) throws Exception {
    assertEquals(405, target.raw("PUT", "/v1/capsules", "{}", "X-API-Key", target.key).statusCode());
    HttpResponse<String> huge = target.raw("POST", "/v1/capsules", "{\"template\":\"" + "x".repeat(1 << 20) + "\"}", "X-API-Key", target.key);
    assertEquals(413, huge.statusCode());
    assertTrue(huge.body().contains("\"too_large\""));
  }

  @Test
  void namesRequestsAndSendsCarefulHeaders(Target target) throws Exception {
    HttpResponse<String> answer = target.raw("GET", "/v1/capsules/nonsense", null, "X-API-Key", target.key, "X-Request-Id", "it-1",
        "Accept", "application/problem+json");
    assertEquals("it-1", answer.headers().firstValue("X-Request-Id").orElse(""));
    assertEquals("nosniff", answer.headers().firstValue("X-Content-Type-Options").orElse(""));
    assertEquals("application/problem+json", answer.headers().firstValue("Content-Type").orElse(""));
    assertTrue(answer.body().contains("\"request_id\":\"it-1\""), answer.body());
    assertFalse(answer.headers().firstValue("Server").isPresent(), "the server does not say what it is");
  }
}
