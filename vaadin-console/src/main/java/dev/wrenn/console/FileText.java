package dev.wrenn.console;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A file as people can look at it.
 *
 * @param text when it is text, and short enough
 * @param obstacle why there is no text
 * @param digest of the bytes, to see whether they changed since
 */
record FileText(FileEntry entry, Optional<String> text, String obstacle, int digest) {
  /** More than this is not held in memory, neither here nor in the browser. */
  static final int LARGEST = 512 * 1024;

  static FileText read(Files files, FileEntry entry) throws GuestException, IOException {
    if (entry.size() > LARGEST) {
      return without(entry, "It has " + Words.bytes(entry.size()) + "; up to " + Words.bytes(LARGEST) + " are shown here.");
    }
    try (FileContent content = files.read(entry.path(), Optional.empty()); InputStream in = content.stream()) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      return of(entry, bytes);
    }
  }

  static FileText of(FileEntry entry, byte[] bytes) {
    // The size of a file in /proc is not known before it is read.
    if (bytes.length > LARGEST) {
      return without(entry, "It has more than " + Words.bytes(LARGEST) + ", too much to be shown here.");
    }
    return decode(bytes).map(text -> new FileText(entry, Optional.of(text), "", Arrays.hashCode(bytes)))
        .orElseGet(() -> without(entry, "It is not text: " + Words.bytes(bytes.length) + " of binary content."));
  }

  /** Whether an editor that knows one kind of line end would give it back unharmed. */
  boolean editable() {
    return text.isPresent() && (text.get().indexOf('\r') < 0 || text.get().replace("\r\n", "").chars().noneMatch(c -> c == '\r' || c == '\n'));
  }

  private static FileText without(FileEntry entry, String obstacle) {
    return new FileText(entry, Optional.empty(), obstacle, 0);
  }

  private static Optional<String> decode(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException otherEncoding) {
      return Optional.empty();
    }
  }
}
