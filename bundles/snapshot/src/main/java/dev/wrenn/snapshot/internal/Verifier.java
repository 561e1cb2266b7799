package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.LayerReader;
import dev.wrenn.snapshot.Manifest;
import dev.wrenn.snapshot.PageMap;
import dev.wrenn.snapshot.Snapshot;
import dev.wrenn.snapshot.SnapshotException;
import dev.wrenn.snapshot.Snapshots.Depth;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Looks whether what a manifest promises is there. */
final class Verifier {
  private final Layout layout;
  private final Maps maps;
  private final FileWork files;

  Verifier(Layout layout, FileWork files, Maps maps) {
    this.layout = layout;
    this.files = files;
    this.maps = maps;
  }

  /** One look that may find something wrong. */
  private interface Look {
    void run() throws IOException;
  }

  /** What is wrong, one sentence each. */
  List<String> problems(Snapshot snapshot, Depth depth) {
    return problems(snapshot.manifest(), snapshot.directory(), depth);
  }

  List<String> problems(Manifest manifest, Path directory, Depth depth) {
    List<String> found = new ArrayList<>();
    note(found, () -> map(manifest.memory()));
    for (PageMap.Layer layer : manifest.memory().layers()) {
      note(found, () -> layer(layer, depth));
    }
    for (Manifest.Part part : manifest.parts()) {
      note(found, () -> part(part, directory.resolve(part.name()), depth));
    }
    for (Manifest.DiskPart disk : manifest.details().disks()) {
      note(found, () -> length(Path.of(disk.path()), disk.bytes(), disk.role()));
    }
    if (depth == Depth.DEEP && found.isEmpty()) {
      note(found, () -> flat(manifest.memory()));
    }
    return found;
  }

  private static void note(List<String> found, Look look) {
    try {
      look.run();
    } catch (SnapshotException e) {
      found.add(e.getMessage());
    } catch (IOException e) {
      found.add(Failures.of("It can't be looked at", e).getMessage());
    }
  }

  private void map(Manifest.Memory memory) throws SnapshotException {
    Maps.Stored stored = maps.read(memory.map());
    if (!stored.asMemory().equals(memory)) {
      throw corrupt("Page map " + memory.map().brief() + " is not the one that the manifest means: " + stored.map());
    }
  }

  private void layer(PageMap.Layer layer, Depth depth) throws IOException {
    Path file = layout.layer(layer.name());
    if (!Files.exists(file)) {
      throw corrupt("Layer " + file + " is not there");
    }
    boolean unmarked = depth == Depth.CHANGED && !Mark.isSet(file);
    if (depth == Depth.DEEP || unmarked) {
      try (Arena arena = Arena.ofConfined()) {
        LayerReader.open(file, layer, arena).verify();
      }
      if (unmarked) {
        // It came from a backup, or from before there were marks: once is enough.
        files.mark(file);
      }
    } else {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        LayerReader.header(channel, file, layer);
      }
    }
  }

  private static void part(Manifest.Part part, Path file, Depth depth) throws IOException {
    length(file, part.bytes(), "part");
    if (depth != Depth.QUICK && !SmallFiles.digest(file).equals(part.sha256())) {
      throw corrupt("Part " + file + " is damaged: its SHA-256 is another one");
    }
  }

  private static void length(Path file, long bytes, String role) throws IOException {
    if (Files.size(file) != bytes) {
      throw corrupt("The " + role + " " + file + " has " + Files.size(file) + " bytes instead of " + bytes);
    }
  }

  private void flat(Manifest.Memory memory) throws IOException {
    Path file = layout.flat(memory.map());
    if (!Files.exists(file)) {
      return;
    }
    length(file, memory.bytes(), "flat image");
    ByteBuffer wanted = ByteBuffer.allocate(LayerHeader.BLOCK);
    ByteBuffer there = ByteBuffer.allocate(LayerHeader.BLOCK);
    try (LayeredImage image = LayeredImage.open(maps.read(memory.map()).map(), layout, new Pins().pin());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (long at = 0; at < memory.bytes(); at += LayerHeader.BLOCK) {
        int length = (int) Math.min(LayerHeader.BLOCK, memory.bytes() - at);
        image.read(at, wanted.clear().limit(length));
        there.clear().limit(length);
        while (there.hasRemaining() && channel.read(there, at + there.position()) > 0) {
          continue;
        }
        if (!there.flip().equals(wanted.flip())) {
          throw corrupt("The flat image " + file + " is damaged in the MiB from " + at + " on. Remove the file: it is made again.");
        }
      }
    }
  }

  private static SnapshotException corrupt(String message) {
    return new SnapshotException(SnapshotException.Code.CORRUPT, message);
  }
}
