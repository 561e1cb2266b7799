package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.UIDetachedException;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import java.util.function.Consumer;

/** Work that may take its time: done on a virtual thread with the visitor's rights, its outcome brought back to the page. */
final class Work {
  private Work() {}

  @FunctionalInterface
  interface Task<R> {
    R with(Caller caller) throws Exception;
  }

  /** An outcome for a component that has left the page meanwhile is dropped. Call it with the page's lock. */
  static <R> void run(Component owner, Task<R> task, Consumer<R> done, Consumer<Problem> failed) {
    UI ui = UI.getCurrent();
    String token;
    try {
      token = Visitor.token();
    } catch (PlatformException signedOut) {
      failed.accept(Problem.of(signedOut));
      return;
    }
    Thread.ofVirtual().name("console-work").start(() -> {
      try {
        R result = task.with(Visitor.caller(token));
        deliver(ui, owner, () -> done.accept(result));
      } catch (Exception error) {
        Problem problem = Problem.of(error);
        deliver(ui, owner, () -> failed.accept(problem));
      }
    });
  }

  private static void deliver(UI ui, Component owner, Runnable news) {
    try {
      ui.access(() -> {
        if (owner.isAttached()) {
          news.run();
        }
      });
    } catch (UIDetachedException closed) {
      org.slf4j.LoggerFactory.getLogger(Work.class).debug("The page was closed before its answer came", closed);
    }
  }
}
