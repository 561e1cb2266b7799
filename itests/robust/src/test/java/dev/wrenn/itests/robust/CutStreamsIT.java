package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Agent, microVM and platform are killed while files, terminals and servers in a capsule are in use. */
@ExtendWith(SharedPlatform.class)
@Timeout(600)
class CutStreamsIT {
  private static final String KILL_AGENT = "for p in /proc/[0-9]*; do case \"$(tr '\\0' ' ' < $p/cmdline 2>/dev/null)\" in /init*|*envd*) n=${p#/proc/};"
      + " [ $n -gt 1 ] && kill -9 $n;; esac; done\r";
  private static HttpClient http;
  private static RunningPlatform platform;
  private static Api api;

  @BeforeAll
  static void start(RunningPlatform shared) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    platform = shared;
    api = platform.api();
  }

  @AfterAll
  static void stop() {
    http.close();
  }

  private static String boot(String id) throws Exception {
    return api.sh(id, "cat /proc/sys/kernel/random/boot_id").get("stdout").asText();
  }

  @Test
  void anAgentThatDiesCutsItsStreamsAndNothingElse() throws Exception {
    try (BusyCapsule busy = new BusyCapsule(platform, http)) {
      String boot = boot(busy.id);
      Set<String> answers = new ConcurrentSkipListSet<>();
      AtomicBoolean over = new AtomicBoolean();
      Thread caller = Thread.ofVirtual().start(() -> {
        while (!over.get()) {
          try {
            Api.Answer answer = api.post("/v1/capsules/" + busy.id + "/exec", "{\"cmd\":\"true\"}");
            answers.add(answer.status() == 200 ? "200" : answer.status() + " " + answer.json().at("/error/code").asText());
          } catch (java.io.IOException | InterruptedException | AssertionError broken) {
            answers.add(broken.toString());
          }
        }
      });
      busy.terminal.type(KILL_AGENT);
      BusyCapsule.Ends ends = busy.allEnd();
      assertEquals(503, ends.paused(), "an upload that waits for its client");
      String end = ends.terminal();
      assertTrue(end.contains("\"code\":\"agent_error\"") || end.contains("\"code\":\"no_hosts_available\"") || end.contains("\"code\":\"host_unavailable\""), end);
      Await.until("an agent that answers again", Duration.ofSeconds(60), () -> boot(busy.id), boot::equals);
      over.set(true);
      caller.join();
      for (String answer : answers) {
        assertTrue(Set.of("200", "502 agent_error", "503 no_hosts_available", "503 host_unavailable").contains(answer), answers.toString());
      }
      busy.worksAgain(false);
      assertEquals(boot, boot(busy.id), "the same boot of the same guest");
    }
  }

  @Test
  void aMicroVmThatDiesEndsItsStreams() throws Exception {
    try (BusyCapsule busy = new BusyCapsule(platform, http)) {
      for (long pid : platform.microVms()) {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      }
      JsonNode dead = Await.until("state error", Duration.ofSeconds(60), () -> api.capsule(busy.id), c -> c.get("status").asText().equals("error"));
      assertTrue(dead.path("reason").hasNonNull("message"), dead.toString());
      BusyCapsule.Ends ends = busy.allEnd();
      assertEquals(503, ends.paused(), "an upload that waits for its client");
      Await.until("all of it released", Duration.ofSeconds(60), platform::leftovers, List::isEmpty);
      assertEquals(409, api.post("/v1/capsules/" + busy.id + "/exec", "{\"cmd\":\"true\"}").status());
      assertEquals(409, api.get("/v1/capsules/" + busy.id + "/files/raw?path=/root/large").status());
    }
  }

  @Test
  void aPlatformThatIsKilledCutsStreamsAndLosesNothing() throws Exception {
    try (BusyCapsule busy = new BusyCapsule(platform, http)) {
      String boot = boot(busy.id);
      List<Long> before = platform.microVms();
      platform.killDashNine();
      assertEquals(-1, busy.allEnd().paused());
      assertEquals(before, platform.microVms(), "the microVM must not end with the JVM");
      platform.startAgain();
      assertEquals(boot, boot(busy.id), "the same boot of the same guest");
      busy.worksAgain(true);
      assertEquals(before, platform.microVms());
    }
  }
}
