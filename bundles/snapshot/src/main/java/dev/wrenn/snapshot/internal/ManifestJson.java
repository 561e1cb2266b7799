package dev.wrenn.snapshot.internal;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Objects;

/** Manifests as JSON that people can read. The check is the SHA-256 of the same text with an empty check. */
final class ManifestJson {
  static final int FORMAT = 1;
  static final int LONGEST = 1 << 20;

  /** The file. */
  private record Envelope(int format, String check, Manifest snapshot) {
    Envelope {
      Objects.requireNonNull(check, "check");
      Objects.requireNonNull(snapshot, "snapshot");
    }
  }

  private record Format(int format) {}

  private final ObjectMapper json = JsonMapper.builder()
      .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .enable(SerializationFeature.INDENT_OUTPUT)
      .addModule(new SimpleModule()
          .addSerializer(Digest.class, ToStringSerializer.instance)
          .addSerializer(Instant.class, ToStringSerializer.instance)
          .addDeserializer(Digest.class, new DigestReader())
          .addDeserializer(Instant.class, new InstantReader()))
      .build();

  byte[] encode(Manifest manifest) {
    try {
      String check = check(manifest);
      return json.writeValueAsBytes(new Envelope(FORMAT, check, manifest));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A manifest can't be written as JSON", e);
    }
  }

  /** @throws SnapshotException {@code CORRUPT} or {@code UNSUPPORTED}; nothing else, whatever the bytes are */
  Manifest decode(ByteBuffer encoded) throws SnapshotException {
    byte[] bytes = new byte[encoded.remaining()];
    encoded.duplicate().get(bytes);
    try {
      int format = json.readerFor(Format.class).without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).<Format>readValue(bytes).format();
      if (format != FORMAT) {
        throw new SnapshotException(Code.UNSUPPORTED, "A manifest has format " + format + "; this version knows " + FORMAT);
      }
      Envelope envelope = json.readValue(bytes, Envelope.class);
      if (!envelope.check().equals(check(envelope.snapshot()))) {
        throw new SnapshotException(Code.CORRUPT, "A manifest is damaged: its check is wrong");
      }
      return envelope.snapshot();
    } catch (SnapshotException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new SnapshotException(Code.CORRUPT, "A manifest is damaged: " + e.getMessage(), e);
    }
  }

  private String check(Manifest manifest) throws JsonProcessingException {
    return Digest.ofContent(ByteBuffer.wrap(json.writeValueAsBytes(new Envelope(FORMAT, "", manifest)))).hex();
  }

  private static final class DigestReader extends StdScalarDeserializer<Digest> {
    private static final long serialVersionUID = 1L;

    DigestReader() {
      super(Digest.class);
    }

    @Override
    public Digest deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      return new Digest(parser.getText());
    }
  }

  private static final class InstantReader extends StdScalarDeserializer<Instant> {
    private static final long serialVersionUID = 1L;

    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      try {
        return Instant.parse(parser.getText());
      } catch (DateTimeException e) {
        throw context.weirdStringException(parser.getText(), Instant.class, e.getMessage());
      }
    }
  }
}
