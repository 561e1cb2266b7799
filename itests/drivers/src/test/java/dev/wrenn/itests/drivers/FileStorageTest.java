package dev.wrenn.itests.drivers;

import dev.wrenn.spi.storage.StorageDriver;
import dev.wrenn.storage.file.internal.FileStorage;
import dev.wrenn.tck.storage.StorageTck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The file storage driver in each of its formats. */
class FileStorageTest {
  @Nested
  class Overlays extends Kit {
    Overlays() {
      super("qcow2");
    }
  }

  @Nested
  class Copies extends Kit {
    Copies() {
      super("raw");
    }
  }

  @Nested
  class WhatFits extends Kit {
    WhatFits() {
      super("auto");
    }
  }

  abstract static class Kit extends StorageTck {
    private static final int MORE_THAN_THERE_IS = Integer.MAX_VALUE;

    private final String format;
    @TempDir private Path disks;

    Kit(String format) {
      this.format = format;
    }

    @Override
    protected StorageDriver open() {
      return new FileStorage(disks, format, 1, "1.0.0");
    }

    @Override
    protected StorageDriver openWithoutRoom() {
      return new FileStorage(disks, format, MORE_THAN_THERE_IS, "1.0.0");
    }

    @Override
    protected Set<String> leftovers() throws IOException {
      try (Stream<Path> all = Files.walk(disks)) {
        return all.filter(path -> !path.equals(disks)).map(Path::toString).collect(Collectors.toSet());
      }
    }
  }
}
