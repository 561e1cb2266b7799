package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.Digest;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.SnapshotException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The page maps on the disk, each named by its content. */
final class Maps {
  private static final long LONGEST = 1L << 30;
  private final Layout layout;
  private final SmallFiles small;
  private final FileWork files;

  /** A map that is on the disk. */
  record Stored(Digest name, long fileBytes, PageMap map) {
    Manifest.Memory asMemory() {
      return new Manifest.Memory(name, fileBytes, map.bytes(), map.layers());
    }
  }

  Maps(Layout layout, FileWork files) {
    this.layout = layout;
    this.files = files;
    this.small = new SmallFiles(files);
  }

  /** Writes a map durably. Its name must be pinned until something refers to it: the pin is taken here, before it is there. */
  Stored write(PageMap map, Path work, Pins.Pin pin) throws IOException {
    ByteBuffer encoded = map.encode();
    Digest name = Digest.ofContent(encoded);
    pin.add(name);
    small.publish(encoded, work, layout.map(name));
    files.sync(layout.maps());
    return new Stored(name, encoded.remaining(), map);
  }

  /** @throws SnapshotException {@code NOT_FOUND} */
  void check(Digest name) throws SnapshotException {
    if (!Files.exists(layout.map(name))) {
      throw new SnapshotException(Code.NOT_FOUND, "There is no page map " + name.brief() + " in " + layout.maps());
    }
  }

  Stored read(Digest name) throws SnapshotException {
    Path file = layout.map(name);
    try {
      ByteBuffer encoded = SmallFiles.read(file, LONGEST);
      PageMap map = PageMap.decode(encoded);
      if (!Digest.ofContent(encoded).equals(name)) {
        throw new SnapshotException(Code.CORRUPT, "Page map " + file + " is damaged: its content is not what its name says");
      }
      return new Stored(name, encoded.remaining(), map);
    } catch (NoSuchFileException e) {
      throw new SnapshotException(Code.NOT_FOUND, "There is no page map " + name.brief() + " in " + layout.maps(), e);
    } catch (SnapshotException e) {
      throw new SnapshotException(e.code(), "Page map " + name.brief() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw Failures.of("Page map " + file + " can't be read", e);
    }
  }
}
