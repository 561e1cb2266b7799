package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The distribution with real microVMs, killed in several states, and capsules that try to reach what they must not. */
@ExtendWith(SharedPlatform.class)
class RobustIT {
  private static RunningPlatform platform;
  private static Api api;

  @BeforeAll
  static void start(RunningPlatform shared) {
    platform = shared;
    api = platform.api();
  }

  @Test
  void aRunningCapsuleOutlivesKillDashNine() throws Exception {
    String id = api.create();
    String boot = api.sh(id, "cat /proc/sys/kernel/random/boot_id").get("stdout").asText();
    api.background(id, "i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.05; done");
    List<Long> before = platform.microVms();

    platform.killDashNine();
    assertEquals(before, platform.microVms(), "the microVM must not end with the JVM");
    platform.startAgain();

    assertEquals("running", api.capsule(id).get("status").asText());
    assertEquals(boot, api.sh(id, "cat /proc/sys/kernel/random/boot_id").get("stdout").asText(), "the same boot of the same guest");
    String first = api.sh(id, "cat /tmp/count").get("stdout").asText();
    Await.until("a counter that goes on", Duration.ofSeconds(10), () -> api.sh(id, "cat /tmp/count").get("stdout").asText(), now -> !now.equals(first));
    assertEquals(before, platform.microVms());
  }

  @Test
  void aHalfMadeCapsuleIsUndoneAfterKillDashNine() throws Exception {
    Thread client = Thread.ofVirtual().start(() -> {
      try {
        api.create();
      } catch (IOException | InterruptedException cut) {
        // The platform is killed under this request.
      }
    });
    Await.until("a microVM that boots", Duration.ofSeconds(20), platform::microVms, pids -> !pids.isEmpty());
    platform.killDashNine();
    client.join();
    platform.startAgain();
    JsonNode one = Await.until("a defined state", Duration.ofSeconds(40), () -> newest(),
        c -> c != null && Set.of("error", "running", "stopped").contains(c.get("status").asText()));
    if (one.get("status").asText().equals("error")) {
      assertTrue(one.path("reason").hasNonNull("message"), "an error says why: " + one);
      Await.until("nothing of the failed one left", Duration.ofSeconds(20), platform::leftovers, List::isEmpty);
    } else if (one.get("status").asText().equals("running")) {
      assertEquals("ok\n", api.sh(one.get("id").asText(), "echo ok").get("stdout").asText());
    }
  }

  @Test
  void anEndThatWasBegunIsFinishedAfterKillDashNine() throws Exception {
    String id = api.create();
    Thread client = Thread.ofVirtual().start(() -> {
      try {
        api.delete("/v1/capsules/" + id);
      } catch (IOException | InterruptedException cut) {
        // The platform is killed under this request.
      }
    });
    Await.until("the end of its microVM", Duration.ofSeconds(20), platform::microVms, List::isEmpty);
    platform.killDashNine();
    client.join();
    platform.startAgain();
    Await.until("a stopped capsule", Duration.ofSeconds(40), () -> api.capsule(id).get("status").asText(), s -> s.equals("stopped"));
  }

  @Test
  void aMicroVmThatDiesIsAnErrorWithAReason() throws Exception {
    String id = api.create();
    for (long pid : platform.microVms()) {
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }
    JsonNode dead = Await.until("state error", Duration.ofSeconds(10), () -> api.capsule(id), c -> c.get("status").asText().equals("error"));
    assertTrue(dead.path("reason").hasNonNull("message"), dead.toString());
    Await.until("all of it released", Duration.ofSeconds(20), platform::leftovers, List::isEmpty);
    assertEquals(409, api.post("/v1/capsules/" + id + "/exec", "{\"cmd\":\"true\"}").status());
  }

  @Test
  void anAgentThatDiesComesBackAndTheCapsuleLives() throws Exception {
    String id = api.create();
    String boot = api.sh(id, "cat /proc/sys/kernel/random/boot_id").get("stdout").asText();
    api.background(id, "sleep 0.3; for p in /proc/[0-9]*; do case \"$(tr '\\0' ' ' < $p/cmdline 2>/dev/null)\" in *envd*|/init*) n=${p#/proc/}; [ $n -gt 1 ] && kill -9 $n;; esac; done");
    Await.until("an agent that answers again", Duration.ofSeconds(20), () -> api.sh(id, "cat /proc/sys/kernel/random/boot_id").get("stdout").asText(), boot::equals);
    assertEquals("running", api.capsule(id).get("status").asText());
  }

  @Test
  void capsulesReachNeitherEachOtherNorTheHost() throws Exception {
    String one = api.create();
    String two = api.create();
    String address = api.capsule(two).get("host_ip").asText();
    byte[] slot = InetAddress.getByName(address).getAddress();
    slot[3]--;
    String hostSide = InetAddress.getByAddress(slot).getHostAddress();
    try (ServerSocket service = new ServerSocket()) {
      service.bind(new InetSocketAddress("0.0.0.0", 0));
      int port = service.getLocalPort();
      for (String target : List.of(address + " 49983", hostSide + " " + port, ownHostSide(one) + " " + port, "169.254.0.22 " + port,
          "169.254.169.254 80", "10.0.0.1 80", "192.168.0.1 80", "172.16.0.1 80", "100.64.0.1 80")) {
        JsonNode tried = api.sh(one, "timeout 3 bash -c 'exec 3<>/dev/tcp/" + target.replace(' ', '/') + "' 2>&1; echo $?");
        assertNotEquals("0", tried.get("stdout").asText().strip().lines().reduce((a, b) -> b).orElse(""), one + " reached " + target);
      }
    }
    assertEquals("alive\n", api.sh(one, "echo alive").get("stdout").asText());
    assertEquals("alive\n", api.sh(two, "echo alive").get("stdout").asText());
  }

  private static String ownHostSide(String id) throws IOException, InterruptedException {
    byte[] slot = InetAddress.getByName(api.capsule(id).get("host_ip").asText()).getAddress();
    slot[3]--;
    return InetAddress.getByAddress(slot).getHostAddress();
  }

  private static JsonNode newest() throws IOException, InterruptedException {
    JsonNode all = api.get("/v1/capsules?ended=true").expect(200).json();
    return all.isEmpty() ? null : all.get(0);
  }
}
