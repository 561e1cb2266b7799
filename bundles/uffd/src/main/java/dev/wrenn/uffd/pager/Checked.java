package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.LayerHeader;
import dev.wrenn.snapshot.PageMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which blocks of which layers this pager has checked already. Layers never change, and many capsules use the same ones; a file that was changed
 * or replaced nevertheless is another one here. Any thread.
 */
final class Checked {
  private static final int MOST = 512;
  private final Map<String, boolean[]> known = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, boolean[]> eldest) {
      return size() > MOST;
    }
  };

  boolean[] of(Path file, PageMap.Layer layer) throws IOException {
    String identity = Files.readAttributes(file, "unix:dev,ino,ctime,size") + " " + layer;
    synchronized (known) {
      return known.computeIfAbsent(identity, _ -> new boolean[LayerHeader.blocks(layer.pages())]);
    }
  }
}
