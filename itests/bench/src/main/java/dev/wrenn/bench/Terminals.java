package dev.wrenn.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.RunningPlatform;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** One key to a terminal until its echo is there, through REST's WebSocket and from an agent, both on bare sockets, in turns. */
final class Terminals {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int KEYS = 500;
  private static final String ARGUMENTS = "\"cmd\":\"/bin/sh\",\"args\":[\"-c\",\"stty raw -echo; printf R; exec cat\"]";

  private Terminals() {}

  static void measure(RunningPlatform platform, RawVm raw) throws Exception {
    System.out.printf("%nTerminal: one key until its echo, through REST's WebSocket, against an agent's stream, both on bare sockets, in turns, %d keys%n", KEYS);
    Api api = platform.api();
    raw.prepare();
    raw.boot();
    String id = api.create();
    Sample ours = new Sample("echo through REST");
    Sample theirs = new Sample("echo of the agent");
    try (OurTerminal terminal = new OurTerminal(platform, id); AgentTerminal agent = new AgentTerminal()) {
      for (int round = -50; round < KEYS; round++) {
        String key = Character.toString('a' + Math.floorMod(round, 26));
        long start = System.nanoTime();
        agent.type(key);
        double rawMillis = (System.nanoTime() - start) / 1e6;
        start = System.nanoTime();
        terminal.type(key);
        if (round >= 0) {
          ours.add((System.nanoTime() - start) / 1e6);
          theirs.add(rawMillis);
        }
      }
    }
    System.out.printf("%s  p99 %8.2f ms%n%s  p99 %8.2f ms%n", ours, ours.quantile(0.99), theirs, theirs.quantile(0.99));
    Bench.verdict("echo median, REST − agent", ours.median() - theirs.median(), "≤", 15, "ms");
    Bench.verdict("echo p99, REST − agent", ours.quantile(0.99) - theirs.quantile(0.99), "≤", 15, "ms");
    api.destroy(id);
    raw.kill();
  }

  private static final class OurTerminal implements AutoCloseable {
    private final Frames frames;

    OurTerminal(RunningPlatform platform, String id) throws IOException {
      frames = new Frames(platform.base().getHost(), platform.base().getPort(), "/v1/capsules/" + id + "/pty", "X-API-Key: " + platform.apiKey());
      frames.send("{\"type\":\"start\"," + ARGUMENTS + "}");
      await("R");
    }

    void type(String key) throws IOException {
      frames.send("{\"type\":\"input\",\"data\":\"" + base64(key) + "\"}");
      await(key);
    }

    private void await(String text) throws IOException {
      while (true) {
        JsonNode message = JSON.readTree(frames.next());
        if (message.path("type").asText().equals("output") && new String(message.get("data").binaryValue(), StandardCharsets.UTF_8).contains(text)) {
          return;
        }
      }
    }

    @Override
    public void close() throws IOException {
      frames.close();
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static final class AgentTerminal implements AutoCloseable {
    private final Wire output = new Wire(RawVm.address(), Agent.PORT, "X-Access-Token: " + Agent.TOKEN);
    private final Wire input = new Wire(RawVm.address(), Agent.PORT, "X-Access-Token: " + Agent.TOKEN);
    private final DataInputStream events;

    AgentTerminal() throws IOException {
      byte[] start = ("{\"process\":{" + ARGUMENTS + "},\"pty\":{\"size\":{\"cols\":80,\"rows\":24}},\"tag\":\"bench\"}").getBytes(StandardCharsets.UTF_8);
      events = new DataInputStream(output.stream("/process.Process/Start", "application/connect+json",
          ByteBuffer.allocate(5 + start.length).put((byte) 0).putInt(start.length).put(start).array()));
      await("R");
    }

    void type(String key) throws IOException {
      input.post("/process.Process/SendInput", ("{\"process\":{\"tag\":\"bench\"},\"input\":{\"pty\":\""
          + base64(key) + "\"}}").getBytes(StandardCharsets.UTF_8));
      await(key);
    }

    private void await(String text) throws IOException {
      while (true) {
        events.readByte();
        byte[] message = events.readNBytes(events.readInt());
        JsonNode data = JSON.readTree(message).at("/event/data/pty");
        if (!data.isMissingNode() && new String(data.binaryValue(), StandardCharsets.UTF_8).contains(text)) {
          return;
        }
      }
    }

    @Override
    public void close() throws IOException {
      input.close();
      output.close();
    }
  }
}
