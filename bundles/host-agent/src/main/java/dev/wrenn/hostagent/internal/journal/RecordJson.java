package dev.wrenn.hostagent.internal.journal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.host.CapsuleOrder;
import dev.wrenn.host.HostedCapsule.Failure;
import dev.wrenn.host.HostedCapsule.State;
import dev.wrenn.host.HostedCapsule.Step;
import dev.wrenn.spi.Handle;
import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Capsule records as JSON, in journal format 1. Field names are part of the format; unknown ones are ignored. */
final class RecordJson {
  private final ObjectMapper json = new ObjectMapper();

  String write(CapsuleRecord record) throws IOException {
    ObjectNode node = json.createObjectNode();
    node.put("type", "capsule").put("id", record.order().id()).put("generation", record.generation()).put("state", record.state().name())
        .put("sequence", record.sequence()).put("clean", record.clean());
    node.put("created", record.createdAt().toString());
    put(node, "started", record.startedAt());
    put(node, "ended", record.endedAt());
    put(node, "active", record.lastActiveAt());
    put(node, "agent", record.agent());
    order(node.putObject("order"), record);
    record.failure().ifPresent(failure -> node.putObject("failure").put("step", failure.step()).put("reason", failure.reason()));
    ArrayNode steps = node.putArray("steps");
    record.steps().forEach(step -> steps.addObject().put("name", step.name()).put("ms", step.millis()));
    texts(node.putObject("facts"), record.facts());
    texts(node.putObject("drivers"), record.drivers());
    ObjectNode handles = node.putObject("handles");
    new TreeMap<>(record.handles()).forEach((kind, handle) -> {
      ObjectNode one = handles.putObject(kind).put("driver", handle.driver()).put("version", handle.driverVersion());
      if (!handle.id().equals(record.id())) {
        one.put("id", handle.id().capsule()).put("generation", handle.id().generation());
      }
      texts(one.putObject("facts"), handle.facts());
    });
    return json.writeValueAsString(node);
  }

  String gone(String id) throws IOException {
    return json.writeValueAsString(json.createObjectNode().put("type", "gone").put("id", id));
  }

  JsonNode read(String text) throws IOException {
    return json.readTree(text);
  }

  CapsuleRecord record(JsonNode node) throws IOException {
    String id = need(node, "id").asText();
    int generation = need(node, "generation").asInt();
    Optional<Failure> failure = Optional.ofNullable(node.get("failure"))
        .map(told -> new Failure(told.path("step").asText(), told.path("reason").asText()));
    List<Step> steps = new ArrayList<>();
    node.path("steps").forEach(step -> steps.add(new Step(step.path("name").asText(), step.path("ms").asDouble())));
    Map<String, Handle> handles = new TreeMap<>();
    node.path("handles").properties().forEach(entry -> handles.put(entry.getKey(), new Handle(entry.getKey(),
        entry.getValue().path("driver").asText(), entry.getValue().path("version").asText(),
        new PlanId(entry.getValue().path("id").asText(id), entry.getValue().path("generation").asInt(generation)), texts(entry.getValue().path("facts")))));
    return new CapsuleRecord(order(id, need(node, "order")), node.path("order").path("variables").asText(), generation, State.valueOf(need(node, "state").asText()),
        need(node, "sequence").asLong(), text(node, "agent"), Instant.parse(need(node, "created").asText()), instant(node, "started"),
        instant(node, "ended"), instant(node, "active"), failure, steps, texts(node.path("facts")), texts(node.path("drivers")), handles,
        node.path("clean").asBoolean());
  }

  private static void order(ObjectNode node, CapsuleRecord record) {
    CapsuleOrder order = record.order();
    node.put("team", order.team()).put("image", order.image()).put("vcpus", order.vcpus()).put("memoryMib", order.memoryMib())
        .put("diskMib", order.diskMib()).put("idleMs", order.idleTimeout().toMillis()).put("user", order.defaultUser())
        .put("egress", order.egress()).put("endsIdle", order.endsIdle()).put("variables", record.variables());
  }

  private static CapsuleOrder order(String id, JsonNode node) {
    return new CapsuleOrder(id, node.path("team").asText(), node.path("image").asText(), node.path("vcpus").asInt(),
        node.path("memoryMib").asInt(), node.path("diskMib").asInt(), Duration.ofMillis(node.path("idleMs").asLong()),
        node.path("user").asText(), Map.of(), node.path("egress").asBoolean(), node.path("endsIdle").asBoolean());
  }

  private static JsonNode need(JsonNode node, String field) throws IOException {
    JsonNode value = node.get(field);
    if (value == null) {
      throw new IOException("the record has no '" + field + "'");
    }
    return value;
  }

  private static Optional<String> text(JsonNode node, String field) {
    return Optional.ofNullable(node.get(field)).map(JsonNode::asText);
  }

  private static Optional<Instant> instant(JsonNode node, String field) {
    return text(node, field).map(Instant::parse);
  }

  private static Map<String, String> texts(JsonNode node) {
    Map<String, String> texts = new TreeMap<>();
    node.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }

  private static void texts(ObjectNode node, Map<String, String> texts) {
    new TreeMap<>(texts).forEach(node::put);
  }

  private static void put(ObjectNode node, String field, Optional<?> value) {
    value.ifPresent(told -> node.put(field, told.toString()));
  }
}
