package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileEntry.Type;
import dev.wrenn.files.FileWatch.Change;
import dev.wrenn.files.FileWatch.Kind;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Messages of the file system service in JSON. */
final class FileJson {
  private static final int SET_USER = 04000;
  private static final int SET_GROUP = 02000;
  private static final int STICKY = 01000;

  private FileJson() {}

  static ObjectNode path(String path) {
    return ProcessJson.JSON.createObjectNode().put("path", path);
  }

  static ObjectNode fromTo(String source, String destination) {
    return ProcessJson.JSON.createObjectNode().put("source", source).put("destination", destination);
  }

  static FileEntry entry(byte[] answer) throws IOException {
    return entry(ProcessJson.JSON.readTree(answer).path("entry"));
  }

  static List<FileEntry> entries(byte[] answer) throws IOException {
    List<FileEntry> entries = new ArrayList<>();
    for (JsonNode told : ProcessJson.JSON.readTree(answer).path("entries")) {
      entries.add(entry(told));
    }
    return entries;
  }

  /** The change that an event of a watch tells; empty for a message that only shows life. */
  static Optional<Change> change(JsonNode message) throws IOException {
    JsonNode event = message.path("filesystem");
    if (!event.isObject()) {
      return Optional.empty();
    }
    Optional<Kind> kind = switch (event.path("type").asText()) {
      case "EVENT_TYPE_CREATE" -> Optional.of(Kind.CREATE);
      case "EVENT_TYPE_WRITE" -> Optional.of(Kind.WRITE);
      case "EVENT_TYPE_REMOVE" -> Optional.of(Kind.REMOVE);
      case "EVENT_TYPE_RENAME" -> Optional.of(Kind.RENAME);
      case "EVENT_TYPE_CHMOD" -> Optional.of(Kind.CHMOD);
      default -> Optional.empty();
    };
    Optional<FileEntry> entry = event.path("entry").isObject() ? Optional.of(entry(event.path("entry"))) : Optional.empty();
    return kind.map(known -> new Change(known, event.path("name").asText(), entry));
  }

  private static FileEntry entry(JsonNode told) throws IOException {
    if (!told.path("path").isTextual()) {
      throw new IOException("the agent tells of a file without a path");
    }
    Optional<String> link = Optional.ofNullable(told.get("symlinkTarget")).map(JsonNode::asText).filter(text -> !text.isEmpty());
    int mode = told.path("mode").asInt() & 07777;
    try {
      return new FileEntry(told.path("name").asText(), told.path("path").asText(), type(told.path("type").asText()),
          told.path("size").asLong(), mode, permissions(told.path("permissions").asText(), link.isPresent() ? 0 : mode),
          told.path("owner").asText(), told.path("group").asText(), Instant.parse(told.path("modifiedTime").asText()), link);
    } catch (DateTimeParseException e) {
      throw new IOException("the agent tells of a file with a time that is none", e);
    }
  }

  private static Type type(String name) {
    return switch (name) {
      case "FILE_TYPE_FILE" -> Type.FILE;
      case "FILE_TYPE_DIRECTORY" -> Type.DIRECTORY;
      case "FILE_TYPE_SYMLINK" -> Type.SYMLINK;
      default -> Type.OTHER;
    };
  }

  /** The agent writes links and sockets in capitals and leaves the special bits out. */
  private static String permissions(String told, int mode) {
    if (told.length() != 10) {
      return told;
    }
    StringBuilder text = new StringBuilder(told);
    text.setCharAt(0, Character.toLowerCase(told.charAt(0)));
    special(text, 3, (mode & SET_USER) != 0, 's');
    special(text, 6, (mode & SET_GROUP) != 0, 's');
    special(text, 9, (mode & STICKY) != 0, 't');
    return text.toString();
  }

  private static void special(StringBuilder text, int at, boolean set, char letter) {
    if (set) {
      text.setCharAt(at, text.charAt(at) == 'x' ? letter : Character.toUpperCase(letter));
    }
  }
}
