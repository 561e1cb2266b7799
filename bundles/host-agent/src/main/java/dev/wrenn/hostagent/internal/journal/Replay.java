package dev.wrenn.hostagent.internal.journal;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a journal file says.
 *
 * @param records the latest of each capsule that isn't gone
 * @param lastNumber of the last whole line
 * @param damage what could not be read, for an operator; a torn last line is no damage
 */
record Replay(Map<String, CapsuleRecord> records, long lastNumber, List<String> damage) {

  static Replay of(Path file, RecordJson json) throws IOException {
    Map<String, CapsuleRecord> records = new LinkedHashMap<>();
    List<String> damage = new ArrayList<>();
    long last = 0;
    List<byte[]> lines = Files.exists(file) ? lines(Files.readAllBytes(file)) : List.of();
    for (int at = 0; at < lines.size(); at++) {
      Optional<Line> line = text(lines.get(at)).flatMap(Line::parse);
      if (line.isEmpty()) {
        if (at < lines.size() - 1) {
          damage.add("Line " + (at + 1) + " of " + file + " is damaged and was left out");
        }
        continue;
      }
      last = Math.max(last, line.get().number());
      try {
        apply(json, json.read(line.get().json()), records, file);
      } catch (IOException | RuntimeException e) {
        if (e instanceof UnsupportedFormat) {
          throw e;
        }
        damage.add("Line " + (at + 1) + " of " + file + " can't be understood and was left out: " + e.getMessage());
      }
    }
    return new Replay(records, last, damage);
  }

  private static void apply(RecordJson json, JsonNode node, Map<String, CapsuleRecord> records, Path file) throws IOException {
    switch (node.path("type").asText()) {
      case "journal" -> {
        if (node.path("format").asInt() != Journal.FORMAT) {
          throw new UnsupportedFormat(file + " has format " + node.path("format").asText() + ", but this version reads format "
              + Journal.FORMAT + ": start the version that wrote it");
        }
      }
      case "capsule" -> {
        CapsuleRecord record = json.record(node);
        records.remove(record.order().id());
        records.put(record.order().id(), record);
      }
      case "gone" -> records.remove(node.path("id").asText());
      default -> throw new IOException("unknown type '" + node.path("type").asText() + "'");
    }
  }

  private static List<byte[]> lines(byte[] all) {
    List<byte[]> lines = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < all.length; at++) {
      if (all[at] == '\n') {
        lines.add(java.util.Arrays.copyOfRange(all, from, at));
        from = at + 1;
      }
    }
    if (from < all.length) {
      // Without its line feed a line was never acknowledged, even if its text is whole.
      lines.add(new byte[0]);
    }
    return lines;
  }

  private static Optional<String> text(byte[] line) {
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT).decode(java.nio.ByteBuffer.wrap(line)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The file is of another version; reading it as this one would lose capsules. */
  static final class UnsupportedFormat extends IOException {
    private static final long serialVersionUID = 1L;

    UnsupportedFormat(String message) {
      super(message);
    }
  }
}
