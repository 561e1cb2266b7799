package dev.wrenn.uffd.pager;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * One message of the control protocol: its length, a few named texts, and bytes. The same in every version; which names there are, and what
 * they mean, is what versions differ in.
 */
public record Frame(Map<String, String> fields, byte[] body) {
  /** What this code speaks. */
  public static final int VERSION = 1;
  /** Field: what is asked for, or told. */
  public static final String VERB = "verb";
  /** Field: the capsule, {@code id.generation}. */
  public static final String CAPSULE = "capsule";
  /** Field of an answer: what went wrong. */
  public static final String ERROR = "error";
  private static final int LONGEST = 64 << 20;
  private static final int MOST_FIELDS = 4096;
  private static final int LONGEST_TEXT = 4000;
  private static final byte[] NOTHING = {};

  public Frame {
    fields = Map.copyOf(fields);
  }

  public static Frame of(String verb) {
    return new Frame(Map.of(VERB, verb), NOTHING);
  }

  public Frame with(String name, Object value) {
    Map<String, String> more = new TreeMap<>(fields);
    String text = value.toString();
    more.put(name, text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…");
    return new Frame(more, body);
  }

  public Frame with(byte[] bytes) {
    return new Frame(fields, bytes);
  }

  public String verb() {
    return text(VERB);
  }

  /** Empty when there is no such field. */
  public String text(String name) {
    return fields.getOrDefault(name, "");
  }

  /** @throws IOException when there is no such number */
  public long number(String name) throws IOException {
    try {
      return Long.parseLong(text(name));
    } catch (NumberFormatException e) {
      throw new IOException("'" + name + "' is no number but '" + text(name) + "'", e);
    }
  }

  public void write(OutputStream to) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(0);
    out.writeShort(fields.size());
    for (Map.Entry<String, String> field : fields.entrySet()) {
      out.writeUTF(field.getKey());
      out.writeUTF(field.getValue());
    }
    out.write(body);
    ByteBuffer whole = ByteBuffer.wrap(bytes.toByteArray());
    whole.putInt(0, whole.capacity() - 4);
    to.write(whole.array());
    to.flush();
  }

  /** @throws EOFException when there is none any more; {@link IOException} also for anything that is no frame */
  public static Frame read(InputStream from) throws IOException {
    DataInputStream in = new DataInputStream(from);
    int length = in.readInt();
    if (length < 2 || length > LONGEST) {
      throw new IOException("a message of " + length + " bytes");
    }
    // Grows with what really comes: a length alone takes no memory.
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("a message broke off");
    }
    DataInputStream text = new DataInputStream(new java.io.ByteArrayInputStream(bytes));
    int count = text.readUnsignedShort();
    if (count > MOST_FIELDS) {
      throw new IOException("a message with " + count + " fields");
    }
    Map<String, String> fields = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      fields.put(text.readUTF(), text.readUTF());
    }
    return new Frame(fields, text.readAllBytes());
  }
}
