package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;

/** JSON as E2B's clients speak it. What they send beyond what is known here is passed over: every release of theirs adds some. Thread-safe. */
final class Json {
  static final String TYPE = "application/json";

  private static final ObjectMapper MAPPER = JsonMapper.builder()
      .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
      .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
      .build();
  /** Milliseconds always: clients compare what two answers say. */
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private Json() {}

  /** A body that may be missing. @throws PlatformException {@code INVALID_REQUEST}, {@code TOO_LARGE} */
  static <T> T read(InputStream body, int maxBytes, Class<T> type) throws PlatformException {
    byte[] bytes = bytes(body, maxBytes);
    try {
      T value = MAPPER.readValue(bytes.length == 0 ? new byte[] {'{', '}'} : bytes, type);
      if (value == null) {
        throw invalid("the request body must be a JSON object, not null", null);
      }
      return value;
    } catch (JsonProcessingException e) {
      throw invalid(refusal(e), e);
    } catch (IOException e) {
      throw invalid("the request body could not be read", e);
    }
  }

  static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String time(Instant instant) {
    return TIME.format(instant);
  }

  private static byte[] bytes(InputStream body, int maxBytes) throws PlatformException {
    try {
      byte[] bytes = body == null ? new byte[0] : body.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new PlatformException(PlatformException.Code.TOO_LARGE, "the request body is larger than " + maxBytes + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw invalid("the request body broke off", e);
    }
  }

  private static String refusal(JsonProcessingException e) {
    if (!(e instanceof JsonMappingException mapping) || e.getCause() instanceof JsonParseException) {
      return "the request body is not JSON";
    }
    String field = mapping.getPath().stream().map(ref -> ref.getFieldName() == null ? "[" + ref.getIndex() + "]" : "." + ref.getFieldName())
        .collect(Collectors.joining());
    return field.isEmpty() ? "the request body must be a JSON object" : field.substring(field.startsWith(".") ? 1 : 0) + " has a value of the wrong kind";
  }

  private static PlatformException invalid(String message, Throwable cause) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message, cause);
  }
}
