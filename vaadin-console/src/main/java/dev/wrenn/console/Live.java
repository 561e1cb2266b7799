package dev.wrenn.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.UIDetachedException;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Brings changes of capsules to a page. Changes that come while the page is busy are gathered, the last of each capsule only, so that a
 * slow browser can't hold up the platform.
 */
final class Live implements AutoCloseable {
  private final UI ui;
  private final Consumer<Collection<Capsule>> page;
  private final Map<String, Capsule> waiting = new LinkedHashMap<>();
  private AutoCloseable subscription;

  private Live(UI ui, Consumer<Collection<Capsule>> page) {
    this.ui = ui;
    this.page = page;
  }

  static Live start(UI ui, Caller caller, Consumer<Collection<Capsule>> page) throws PlatformException {
    Live live = new Live(ui, page);
    live.subscription = Platform.call(CapsuleService.class, s -> s.watch(caller, live::changed));
    return live;
  }

  private void changed(Capsule capsule) {
    synchronized (waiting) {
      boolean scheduled = !waiting.isEmpty();
      waiting.put(capsule.id(), capsule);
      if (scheduled) {
        return;
      }
    }
    try {
      ui.access(this::deliver);
    } catch (UIDetachedException closed) {
      close();
    }
  }

  private void deliver() {
    List<Capsule> changes;
    synchronized (waiting) {
      changes = List.copyOf(waiting.values());
      waiting.clear();
    }
    page.accept(changes);
  }

  @Override
  public void close() {
    try {
      subscription.close();
    } catch (Exception gone) {
      org.slf4j.LoggerFactory.getLogger(Live.class).debug("The subscription was gone already", gone);
    }
  }
}
