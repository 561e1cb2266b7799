package dev.wrenn.rest.internal;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** JSON as the public API speaks it: snake case, nothing for what is absent, and no guessing at wrong types. Thread-safe. */
public final class Wire {
  public static final String JSON = "application/json";

  private static final ObjectMapper MAPPER = mapper();

  private Wire() {}

  private static ObjectMapper mapper() {
    JsonMapper.Builder builder = JsonMapper.builder()
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS);
    builder.withCoercionConfig(LogicalType.Textual, text -> {
      for (CoercionInputShape shape : List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
        text.setCoercion(shape, CoercionAction.Fail);
      }
    });
    return builder.build();
  }

  /** The first JSON value of a request body. @throws PlatformException {@code INVALID_REQUEST}, {@code TOO_LARGE} */
  /** The same for a body that may be missing. */
  static <T> Optional<T> readOptional(InputStream body, int maxBytes, Class<T> type) throws PlatformException {
    byte[] bytes = bytes(body, maxBytes);
    return bytes.length == 0 ? Optional.empty() : Optional.of(read(new ByteArrayInputStream(bytes), maxBytes, type));
  }

  public static <T> T read(InputStream body, int maxBytes, Class<T> type) throws PlatformException {
    byte[] bytes = bytes(body, maxBytes);
    if (bytes.length == 0) {
      throw invalid("the request body is empty; send a JSON object, at least {}");
    }
    try {
      T value = MAPPER.readValue(bytes, type);
      if (value == null) {
        throw invalid("the request body must be a JSON object, not null");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, refusal(e), e);
    } catch (IOException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the request body could not be read", e);
    }
  }

  /** A message of a stream; a missing node when the text is not a JSON object. */
  public static JsonNode message(String text) {
    try {
      JsonNode node = MAPPER.readTree(text);
      return node.isObject() ? node : MAPPER.missingNode();
    } catch (JsonProcessingException e) {
      return MAPPER.missingNode();
    }
  }

  /** A message of a stream as the record for it. @throws PlatformException {@code INVALID_REQUEST} */
  public static <T> T convert(JsonNode message, Class<T> type) throws PlatformException {
    try {
      return MAPPER.treeToValue(message, type);
    } catch (JsonProcessingException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, refusal(e), e);
    }
  }

  public static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** RFC 3339 in UTC, whole seconds. */
  static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static String time(Optional<Instant> instant) {
    return instant.map(Wire::time).orElse(null);
  }

  private static byte[] bytes(InputStream body, int maxBytes) throws PlatformException {
    try {
      byte[] bytes = body == null ? new byte[0] : body.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new PlatformException(PlatformException.Code.TOO_LARGE, "the request body is larger than " + maxBytes + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the request body broke off", e);
    }
  }

  private static String refusal(JsonProcessingException e) {
    if (!(e instanceof JsonMappingException mapping) || e.getCause() instanceof JsonParseException) {
      return "the request body is not JSON" + at(e);
    }
    String field = mapping.getPath().stream()
        .map(ref -> ref.getFieldName() == null ? "[" + ref.getIndex() + "]" : "." + ref.getFieldName()).collect(Collectors.joining());
    if (field.isEmpty()) {
      return "the request body must be a JSON object" + at(e);
    }
    Class<?> wanted = switch (e) {
      case MismatchedInputException mismatch -> mismatch.getTargetType();
      case JsonMappingException other when other.getCause() instanceof InputCoercionException number -> number.getTargetType();
      default -> null;
    };
    return field.replaceFirst("^\\.", "") + " must be " + kind(wanted) + at(e);
  }

  private static String kind(Class<?> type) {
    if (type == Integer.class || type == int.class) {
      return "a whole number of at most 32 bits";
    }
    if (type == Boolean.class || type == boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a string";
    }
    return type != null && java.util.Collection.class.isAssignableFrom(type) ? "an array" : "an object";
  }

  private static String at(JsonProcessingException e) {
    return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr() + ")";
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message);
  }
}
