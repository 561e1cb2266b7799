package dev.wrenn.spi.storage;

import java.nio.file.Path;
import java.util.List;

/**
 * What a disk held at one moment, for good: never written again, readable by all, and fit to be the image of a {@link DiskPlan}.
 *
 * @param image its file
 * @param sizeBytes size that a guest sees; a disk made of it has at least this size
 * @param backing files that it reads from in turn, nearest first: captures and images; they must stay as long as it does
 */
public record CapturedDisk(Path image, long sizeBytes, List<Path> backing) {
  public CapturedDisk {
    backing = List.copyOf(backing);
  }
}
