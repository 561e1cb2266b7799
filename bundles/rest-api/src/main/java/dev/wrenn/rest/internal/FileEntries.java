package dev.wrenn.rest.internal;

import dev.wrenn.files.FileEntry;
import java.util.List;

/** Files in answers, field by field. */
public final class FileEntries {
  private FileEntries() {}

  public record OneEntry(Entry entry) {
    public static OneEntry of(FileEntry entry) {
      return new OneEntry(Entry.of(entry));
    }
  }

  record EntryList(List<Entry> entries) {
    static EntryList of(List<FileEntry> entries) {
      return new EntryList(entries.stream().map(Entry::of).toList());
    }
  }

  /** @param modifiedAt seconds since 1970 */
  public record Entry(
      String name, String path, String type, long size, int mode, String permissions, String owner, String group, long modifiedAt,
      String symlinkTarget) {
    public static Entry of(FileEntry entry) {
      return new Entry(entry.name(), entry.path(), word(entry.type()), entry.size(), entry.mode(), entry.permissions(), entry.owner(),
          entry.group(), entry.modifiedAt().getEpochSecond(), entry.linkTarget().orElse(null));
    }
  }

  /** Clients know these three; {@code permissions} tells a device from a file. */
  private static String word(FileEntry.Type type) {
    return switch (type) {
      case DIRECTORY -> "directory";
      case SYMLINK -> "symlink";
      case FILE, OTHER -> "file";
    };
  }
}
