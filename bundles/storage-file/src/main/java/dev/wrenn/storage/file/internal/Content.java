package dev.wrenn.storage.file.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a disk was made of, as its files themselves say. */
record Content(Path image, long sizeBytes) {
  static Content of(DiskHome.Found disk) throws IOException {
    if (disk.isRaw()) {
      return new Content(Path.of(Files.readString(imageNote(disk.file()))), Files.size(disk.file()));
    }
    Qcow2Overlay overlay = Qcow2Overlay.of(disk.file());
    return new Content(overlay.backing(), overlay.sizeBytes());
  }

  /** The file beside a raw disk that names its image. */
  static Path imageNote(Path raw) {
    return raw.resolveSibling(raw.getFileName().toString().replace(".raw", ".image"));
  }
}
