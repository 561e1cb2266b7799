package dev.wrenn.persistence.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wrenn.platform.Capsule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The two columns that hold lists: small, read with their row, never searched. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final TypeReference<List<Capsule.Step>> STEPS = new TypeReference<>() {};
  private static final TypeReference<Map<String, String>> FACTS = new TypeReference<>() {};

  private Json() {}

  static String ofSteps(List<Capsule.Step> steps) {
    return write(steps);
  }

  static List<Capsule.Step> steps(String json) {
    return read(json, STEPS);
  }

  static String ofFacts(Map<String, String> facts) {
    return write(new TreeMap<>(facts));
  }

  static Map<String, String> facts(String json) {
    return read(json, FACTS);
  }

  private static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("can't write as JSON: " + value, e);
    }
  }

  private static <T> T read(String json, TypeReference<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a column doesn't hold the JSON that was stored there: " + json, e);
    }
  }
}
