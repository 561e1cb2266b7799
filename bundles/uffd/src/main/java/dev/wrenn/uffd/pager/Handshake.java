package dev.wrenn.uffd.pager;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads what a hypervisor says of its memory: a JSON array of flat objects. Whatever comes, it ends with regions or a {@link Lost}. */
final class Handshake {
  static final int LONGEST = 64 << 10;
  static final int MOST = 1024;
  private static final long PAGE = 4096;
  private final byte[] text;
  private int at;

  private static final class Incomplete extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Incomplete() {
      super(null, null, false, false);
    }
  }

  private Handshake(byte[] text) {
    this.text = text;
  }

  /** @return empty while the array is not closed */
  static Optional<List<Region>> regions(byte[] soFar, long memoryBytes) throws Lost {
    List<Map<String, Long>> objects;
    try {
      objects = new Handshake(soFar).array();
    } catch (Incomplete e) {
      if (soFar.length >= LONGEST) {
        throw new Lost("the hypervisor's description of its memory does not end within " + LONGEST + " bytes");
      }
      return Optional.empty();
    }
    List<Region> regions = new ArrayList<>();
    for (Map<String, Long> object : objects) {
      regions.add(region(object, memoryBytes));
    }
    return Optional.of(regions);
  }

  private static Region region(Map<String, Long> fields, long memoryBytes) throws Lost {
    Long base = fields.get("base_host_virt_addr");
    Long size = fields.get("size");
    Long offset = fields.get("offset");
    // The older name; it holds bytes as well.
    long page = fields.getOrDefault("page_size", fields.getOrDefault("page_size_kib", PAGE));
    if (base == null || size == null || offset == null) {
      throw new Lost("the hypervisor describes a region without base_host_virt_addr, size or offset: " + fields);
    }
    if (page != PAGE) {
      throw new Lost("the hypervisor has pages of " + page + " bytes; only " + PAGE + " are served: switch huge pages off");
    }
    if ((base | size | offset) % PAGE != 0 || size == 0 || offset > memoryBytes - size || base > Long.MAX_VALUE - size) {
      throw new Lost("the hypervisor describes a region that can't be of " + memoryBytes + " bytes of memory: " + fields);
    }
    return new Region(base, size, offset);
  }

  private List<Map<String, Long>> array() throws Lost {
    List<Map<String, Long>> objects = new ArrayList<>();
    expect('[');
    while (true) {
      if (objects.size() == MOST) {
        throw new Lost("the hypervisor describes more than " + MOST + " regions");
      }
      objects.add(object());
      int next = next();
      if (next == ']') {
        return objects;
      }
      check(next == ',');
    }
  }

  private Map<String, Long> object() throws Lost {
    Map<String, Long> fields = new TreeMap<>();
    expect('{');
    while (true) {
      expect('"');
      String name = string();
      expect(':');
      value(name, fields);
      int next = next();
      if (next == '}') {
        return fields;
      }
      check(next == ',');
    }
  }

  /** Numbers are kept; texts and words are known by nobody here and passed over. */
  private void value(String name, Map<String, Long> into) throws Lost {
    int first = next();
    if (first == '"') {
      string();
      return;
    }
    int start = at - 1;
    while (at < text.length && ",}] \t\r\n".indexOf(text[at]) < 0) {
      at++;
    }
    if (at == text.length) {
      throw new Incomplete();
    }
    String word = new String(text, start, at - start, StandardCharsets.US_ASCII);
    if (!word.matches("true|false|null")) {
      check(word.matches("\\d{1,18}"));
      into.put(name, Long.parseLong(word));
    }
  }

  private String string() throws Lost {
    int start = at;
    while (at < text.length && text[at] != '"') {
      check(text[at] != '\\' && text[at] >= ' ');
      at++;
    }
    if (at == text.length) {
      throw new Incomplete();
    }
    return new String(text, start, at++ - start, StandardCharsets.US_ASCII);
  }

  private void expect(char wanted) throws Lost {
    check(next() == wanted);
  }

  private int next() {
    while (at < text.length && " \t\r\n".indexOf(text[at]) >= 0) {
      at++;
    }
    if (at == text.length) {
      throw new Incomplete();
    }
    return text[at++];
  }

  private void check(boolean right) throws Lost {
    if (!right) {
      throw new Lost("the hypervisor's description of its memory is wrong at byte " + at);
    }
  }
}
