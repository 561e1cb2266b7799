package dev.wrenn.storage.file.internal;

/** How the bytes of a disk lie in its file; the names are those of the files' endings and of the handles. */
enum DiskFormat {
  QCOW2("qcow2"),
  RAW("raw");

  private final String word;

  DiskFormat(String word) {
    this.word = word;
  }

  static DiskFormat of(String word) {
    for (DiskFormat format : values()) {
      if (format.word.equals(word)) {
        return format;
      }
    }
    throw new IllegalArgumentException("format '" + word + "' is neither qcow2 nor raw");
  }

  @Override
  public String toString() {
    return word;
  }
}
