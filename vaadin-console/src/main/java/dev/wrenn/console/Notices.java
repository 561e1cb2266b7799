package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.notification.Notification;
import com.vaadin.flow.component.notification.NotificationVariant;
import dev.wrenn.platform.PlatformException;

/** What went wrong, where people look: in place when there is a place, else at the foot of the page until they close it. */
final class Notices {
  private Notices() {}

  static Div trouble(String what, String why) {
    Div box = new Div();
    box.addClassName("trouble");
    box.getElement().setAttribute("role", "alert");
    Span head = new Span(what + " ");
    head.getElement().getStyle().set("font-weight", "600").set("color", "var(--wrenn-error)");
    box.add(head, new Span(why));
    return box;
  }

  static void failed(String what, PlatformException error) {
    failed(what, Problem.of(error));
  }

  static void failed(String what, Problem problem) {
    Notification note = new Notification();
    note.addThemeVariants(NotificationVariant.LUMO_ERROR);
    note.setPosition(Notification.Position.BOTTOM_END);
    NativeButton close = new NativeButton("Close", e -> note.close());
    note.add(new Span(what + ": " + problem.message() + " (" + problem.code() + ") "), close);
    note.open();
  }

  /** Something to know, that is no failure of the platform. */
  static void tell(String what) {
    Notification.show(what, 6000, Notification.Position.BOTTOM_END);
  }

  static void done(String what) {
    Notification.show(what, 3000, Notification.Position.BOTTOM_END);
  }
}
