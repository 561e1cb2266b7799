package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The operator's shell over SSH, on a real terminal and without one. */
@ExtendWith(SharedPlatform.class)
@Timeout(600)
class ShellIT {
  private static final String PROMPT = "@root()> ";

  @TempDir
  private Path local;

  @Test
  void aShellInACapsuleIsOpenedLeftFoundAgainAndEnded(RunningPlatform platform) throws Exception {
    String id = platform.api().create();
    try (Typist typist = new Typist(platform.ssh())) {
      typist.until(PROMPT);
      typist.type("capsule:shell " + id + "\r").until("Ctrl-P Ctrl-Q leaves it running.");
      typist.until("# ");
      typist.type("stty size; stty -onlcr; printf 'one\\ntwo\\n'; stty onlcr; echo do''ne\r");
      String shown = typist.until("done");
      assertTrue(shown.contains("33 101"), shown);
      assertTrue(shown.contains("one\ntwo\n"), "a line feed alone stays one: " + shown.replace("\r", "<CR>"));
      typist.type("mark=$((40+2))\r\20\21").until("runs on: capsule:shell --attach ");
      typist.until(PROMPT);
      JsonNode process = platform.api().get("/v1/capsules/" + id + "/processes").expect(200).json().get("processes").get(0);
      typist.type("capsule:ps " + id + "\r").until("root");
      typist.until(PROMPT);
      typist.type("capsule:shell --attach " + process.get("pid").asText() + " " + id + "\r").until("Ctrl-P Ctrl-Q leaves it running.");
      typist.type("echo still-$mark\r").until("still-42");
      typist.type("exit 5\r").until("exit code 5");
      typist.until(PROMPT);
      typist.type("logout\r");
      typist.status();
    }
    assertEquals(0, platform.api().get("/v1/capsules/" + id + "/processes").expect(200).json().get("processes").size());
  }

  @Test
  void aShellIsOpenedByASingleCommand(RunningPlatform platform) throws Exception {
    String id = platform.api().create();
    List<String> ssh = new ArrayList<>(platform.ssh());
    ssh.add(1, "-t");
    ssh.add("capsule:shell " + id);
    try (Typist typist = new Typist(ssh)) {
      typist.until("# ");
      typist.type("stty size; sleep 600\r").until("33 101");
      typist.type("\3echo $((40+2))\r").until("42");
      typist.type("exit\r");
      assertEquals(0, typist.status());
    }
    assertEquals(0, platform.api().get("/v1/capsules/" + id + "/processes").expect(200).json().get("processes").size());
  }

  @Test
  void idsAndPathsAreCompleted(RunningPlatform platform) throws Exception {
    String id = platform.api().create();
    platform.api().sh(id, "mkdir -p /srv/only && echo found > /srv/only/one-file");
    try (Typist typist = new Typist(platform.ssh())) {
      typist.until(PROMPT);
      typist.type("capsule:ps cl-\t").until(id);
      typist.type("\r").until(PROMPT);
      typist.type("capsule:cp cl-\t").until(id + ":");
      typist.type("/srv/on\t").until("only/");
      typist.type("on\t").until("one-file");
      typist.type(" -\r").until("found");
      typist.until(PROMPT);
      typist.type("logout\r");
      typist.status();
    }
  }

  private int run(RunningPlatform platform, String command, Path input, Path output) throws Exception {
    List<String> line = new ArrayList<>(platform.ssh());
    line.add(command);
    Process process = new ProcessBuilder(line).redirectInput(input.toFile()).redirectOutput(output.toFile())
        .redirectError(local.resolve("errors").toFile()).start();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), command);
    return process.exitValue();
  }

  @Test
  void filesGoThroughTheCommandsOwnStreams(RunningPlatform platform) throws Exception {
    Api api = platform.api();
    String id = api.create();
    byte[] noise = new byte[3_000_017];
    new Random(5).nextBytes(noise);
    Path up = Files.write(local.resolve("up"), noise);
    Path down = local.resolve("down");
    Path nothing = Path.of("/dev/null");
    assertEquals(0, run(platform, "capsule:cp -q - " + id + ":/root/noise", up, down));
    assertEquals(0, Files.size(down));
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(noise));
    assertEquals(digest, api.sh(id, "sha256sum < /root/noise | cut -c1-64; head -c 10000 /root/noise > /tmp/some").get("stdout").asText().strip());
    // Of megabytes Karaf's SSH server may cut off the end: it closes the session before all is sent (README of shell).
    assertEquals(0, run(platform, "capsule:cp " + id + ":/tmp/some -", nothing, down));
    assertArrayEquals(Arrays.copyOf(noise, 10_000), Files.readAllBytes(down));
    assertEquals(1, run(platform, "capsule:cp - " + id + ":/root/empty", nothing, down));
    assertTrue(Files.readString(down).contains("The input is empty"), Files.readString(down));
    assertEquals(1, run(platform, "capsule:exec " + id + " sh -c 'exit 3'", nothing, down));
    assertTrue(Files.readString(down).contains("exit code 3"), Files.readString(down));
    assertEquals("noise\n", api.sh(id, "ls -A /root | grep -v '^\\.'").get("stdout").asText());
    // Each session begins with two scripts, and each of them is one short line of the audit log.
    List<String> audit = Files.readAllLines(platform.data().resolve("logs/shell-audit.log"));
    assertTrue(audit.stream().anyMatch(line -> line.endsWith("admin runs (shell.init.script)")));
    assertTrue(audit.stream().allMatch(line -> line.length() < 300), "the longest: " + audit.stream().mapToInt(String::length).max());
  }
}
