package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Target.Shared.class)
class SignInIT {
  @Test
  void tradesPasswordsForTokens(Target target) throws Exception {
    JsonNode session = target.anonymous().post("/v1/auth/login",
        "{\"email\":\"" + target.email.toUpperCase() + "\",\"password\":\"" + target.password + "\"}").expect(200).json();
    assertTrue(session.get("user_id").asText().matches("usr-[0-9a-z]{25}"), session.toString());
    assertTrue(session.get("team_id").asText().matches("team-[0-9a-z]{25}"), session.toString());
    assertEquals(target.email, session.get("email").asText());
    assertFalse(session.get("name").asText().isEmpty());
    new Api(target.base, "Authorization", "Bearer " + session.get("token").asText()).get("/v1/capsules").expect(200);
  }

  @Test
  void tellsNobodyWhichPartWasWrong(Target target) throws Exception {
    String wrong = target.anonymous().post("/v1/auth/login", "{\"email\":\"" + target.email + "\",\"password\":\"wrong-password\"}").expect(401).text();
    String unknown = target.anonymous().post("/v1/auth/login", "{\"email\":\"nobody@example.org\",\"password\":\"wrong-password\"}").expect(401).text();
    assertEquals(wrong, unknown);
    target.anonymous().post("/v1/auth/login", "{}").expect(400);
    target.anonymous().post("/v1/auth/login", "").expect(400);
  }

  @Test
  void makesListsAndRevokesKeys(Target target) throws Exception {
    Api session = target.session();
    JsonNode made = session.post("/v1/api-keys", "{\"name\":\"it\"}").expect(201).json();
    String secret = made.get("key").asText();
    assertTrue(secret.matches("wrn_[0-9a-f]{32}"));
    assertEquals(secret.substring(0, 10), made.get("key_prefix").asText());
    Api byKey = new Api(target.base, "X-API-Key", secret);
    byKey.get("/v1/capsules").expect(200);
    String listed = session.get("/v1/api-keys").expect(200).text();
    assertTrue(listed.contains(made.get("id").asText()));
    assertFalse(listed.contains(secret), "secrets are told once");
    byKey.get("/v1/api-keys").expect(401);
    session.delete("/v1/api-keys/" + made.get("id").asText()).expect(204);
    session.delete("/v1/api-keys/" + made.get("id").asText()).expect(204);
    session.delete("/v1/api-keys/nonsense").expect(400);
    dev.wrenn.itests.Await.until("the key to be refused", java.time.Duration.ofSeconds(5), () -> byKey.get("/v1/capsules").status(), s -> s == 401);
  }

  @Test
  void refusesWhoIsUnknown(Target target) throws Exception {
    target.anonymous().get("/v1/capsules").expect(401);
    new Api(target.base, "X-API-Key", "wrn_00000000000000000000000000000000").get("/v1/capsules").expect(401);
    new Api(target.base, "Authorization", "Bearer a.b.c").get("/v1/capsules").expect(401);
    new Api(target.base, "X-API-Key", "wrn_bad", "Authorization", "Bearer " + target.token()).get("/v1/capsules").expect(401);
  }
}
