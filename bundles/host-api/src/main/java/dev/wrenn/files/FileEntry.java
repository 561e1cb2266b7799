package dev.wrenn.files;

import java.time.Instant;
import java.util.Optional;

/**
 * One entry of a directory.
 *
 * @param path under the prefix that was asked for
 * @param type of a link that leads somewhere: the type of its target
 * @param size in bytes
 * @param mode permission bits, 0 to 07777
 * @param permissions as {@code ls} writes them
 * @param owner name, or number when it has none
 * @param linkTarget absolute, when it is a link
 */
public record FileEntry(
    String name, String path, Type type, long size, int mode, String permissions, String owner, String group, Instant modifiedAt,
    Optional<String> linkTarget) {

  /** Devices, sockets and pipes are {@code OTHER}; a broken link is {@code SYMLINK}. */
  public enum Type { FILE, DIRECTORY, SYMLINK, OTHER }
}
