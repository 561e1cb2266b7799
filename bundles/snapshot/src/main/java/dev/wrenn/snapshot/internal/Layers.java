package dev.wrenn.snapshot.internal;

import dev.wrenn.snapshot.PageMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The layers on the disk, each named by its content. */
final class Layers {
  private final Layout layout;
  private final FileWork files;

  Layers(Layout layout, FileWork files) {
    this.layout = layout;
    this.files = files;
  }

  /** Gives a finished layer its name, durably; pinned until something refers to it. One of that name is replaced by its equal. */
  void publish(Path work, Optional<PageMap.Layer> layer, Pins.Pin pin) throws IOException {
    if (layer.isPresent()) {
      pin.add(layer.get().name());
      files.rename(work, layout.layer(layer.get().name()));
      files.sync(layout.layers());
    }
  }
}
