package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.memory.MemorySource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flat images, each named by the map that it was made of. They can be made again at any time, so they belong to no manifest, and are
 * not synced: a resume would wait for the disk. After a power cut they go (see {@link Recovery}).
 */
final class Flats {
  private static final Logger LOG = LoggerFactory.getLogger(Flats.class);
  private static final long CHUNK = 16L << 20;
  private final Layout layout;
  private final FileWork files;
  private final SmallFiles small;

  Flats(Layout layout, FileWork files) {
    this.layout = layout;
    this.files = files;
    this.small = new SmallFiles(files);
  }

  /** One that was written to since it was made is none: it is made again under its name, while those that mapped it keep theirs. */
  Optional<MemorySource.Image> find(Digest map) {
    Path file = layout.flat(map);
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      if (!Mark.isSet(file)) {
        LOG.warn("Flat image {} was changed since it was made, and is not used", file);
        return Optional.empty();
      }
      return Optional.of(new MemorySource.Image(file, file.toFile().length()));
    } catch (IOException e) {
      LOG.warn("Flat image {} can't be looked at, and is not used: {}", file, e.toString());
      return Optional.empty();
    }
  }

  MemorySource.Image make(Digest name, LayeredImage image, Deadline within) throws IOException {
    Path work = layout.work().resolve("flat-" + name.hex());
    small.delete(work);
    try {
      try (FileWork.Output out = files.create(work)) {
        out.size(image.map().bytes());
        copy(image, out, within);
        out.readOnly();
      }
      files.rename(work, layout.flat(name));
    } catch (IOException | RuntimeException e) {
      try {
        small.delete(work);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    return new MemorySource.Image(layout.flat(name), image.map().bytes());
  }

  private static void copy(LayeredImage image, FileWork.Output out, Deadline within) throws IOException {
    PageMap map = image.map();
    List<FileChannel> channels = new ArrayList<>();
    try {
      for (int i = 0; i < map.layers().size(); i++) {
        channels.add(FileChannel.open(image.layer(i).file(), StandardOpenOption.READ));
      }
      for (int run = 0; run < map.runs(); run++) {
        for (long at = map.start(run); map.layer(run) != PageMap.ZERO && at < map.end(run); at += CHUNK) {
          if (within.expired()) {
            throw new SnapshotException(Code.TIMEOUT, "The flat image of " + map.bytes() + " bytes was not made in time, only up to byte " + at);
          }
          long from = map.layerOffset(run) + at - map.start(run);
          long length = Math.min(CHUNK, map.end(run) - at);
          image.layer(map.layer(run)).check(from, length);
          out.copy(channels.get(map.layer(run)), LayerHeader.BYTES + from, length, at);
        }
      }
    } finally {
      for (FileChannel channel : channels) {
        channel.close();
      }
    }
  }

  /** The same memory by another map: the file gets a second name. */
  void alsoFor(Digest map, Digest another) throws IOException {
    if (find(map).isPresent() && find(another).isEmpty()) {
      small.delete(layout.flat(another));
      files.link(layout.flat(map), layout.flat(another));
    }
  }
}
