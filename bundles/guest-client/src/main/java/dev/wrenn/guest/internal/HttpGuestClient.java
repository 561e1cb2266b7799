package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.files.Files;
import dev.wrenn.guest.GuestClient;
import dev.wrenn.guest.GuestDisk;
import dev.wrenn.guest.GuestInit;
import dev.wrenn.guest.GuestMetrics;
import dev.wrenn.guest.GuestReady;
import dev.wrenn.port.GuestSocket;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.Processes;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The client of one agent. */
final class HttpGuestClient implements GuestClient {
  private static final byte[] FREEZE = "{\"freeze\":true}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOTHING = {};
  private static final int LOG_BYTES = 1 << 20;

  private final Agent agent;
  private final Processes processes;
  private final Files files;

  HttpGuestClient(Agent agent) {
    this.agent = agent;
    processes = new AgentProcesses(agent);
    files = new AgentFiles(agent);
  }

  @Override
  public GuestReady awaitReady(GuestInit init, Deadline within, CompletionStage<?> ended) throws GuestException {
    return new Readiness(agent, init, agent::token).await(within, ended);
  }

  @Override
  public GuestReady awaitReady(GuestInit init, Supplier<String> former, Deadline within, CompletionStage<?> ended) throws GuestException {
    return new Readiness(agent, init, former).await(within, ended);
  }

  @Override
  public void prepareFreeze(Deadline within) throws GuestException {
    agent.call(Request.post("/snapshot/prepare", FREEZE), "its preparation for a freeze", within, true);
  }

  @Override
  public void health(Deadline within) throws GuestException {
    agent.call(Request.get("/health"), "its health", within, true);
  }

  @Override
  public GuestMetrics metrics(Deadline within) throws GuestException {
    try {
      JsonNode told = ProcessJson.JSON.readTree(agent.call(Request.get("/metrics"), "its metrics", within, true));
      return new GuestMetrics(told.path("cpu_count").asInt(-1), told.path("cpu_used_pct").asDouble(-1), bytes(told, "mem_total"),
          bytes(told, "mem_used"), bytes(told, "mem_cache"), bytes(told, "disk_total"), bytes(told, "disk_used"));
    } catch (IOException e) {
      throw agent.failure("its metrics", e);
    }
  }

  @Override
  public GuestDisk growDisk(Deadline within) throws GuestException {
    try {
      JsonNode told = ProcessJson.JSON.readTree(agent.call(Request.post("/disk/grow", NOTHING), "its disk", within, true));
      return new GuestDisk(bytes(told, "fileSystemBytes"), bytes(told, "deviceBytes"));
    } catch (IOException e) {
      throw agent.failure("its disk", e);
    }
  }

  @Override
  public byte[] log(int most, Deadline within) throws GuestException {
    return agent.call(Request.get("/log?bytes=" + Math.clamp(most, 1, LOG_BYTES)), "its log", within, true);
  }

  @Override
  public Processes processes() {
    return processes;
  }

  @Override
  public Files files() {
    return files;
  }

  @Override
  public GuestSocket connect(int port, Deadline within) throws GuestException {
    return Tunnel.through(agent, port, within);
  }

  @Override
  public GuestSocket connectAgent(Deadline within) throws GuestException {
    return Tunnel.plain(agent, within);
  }

  @Override
  public void close() {
    agent.close();
  }

  private static long bytes(JsonNode told, String name) {
    return told.path(name).asLong(-1);
  }
}
