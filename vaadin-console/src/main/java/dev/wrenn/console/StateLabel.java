package dev.wrenn.console;

import com.vaadin.flow.component.html.Span;
import dev.wrenn.platform.CapsuleStatus;
import java.util.Locale;

/** A state as colour, shape and word together. */
class StateLabel extends Span {
  private static final long serialVersionUID = 1L;

  StateLabel(CapsuleStatus status) {
    this(look(status), shape(status), status.name().toLowerCase(Locale.ROOT));
  }

  StateLabel(String look, Icon shape, String word) {
    addClassNames("state", look);
    add(shape.draw(), new Span(word));
  }

  private static String look(CapsuleStatus status) {
    return switch (status) {
      case RUNNING -> "running";
      case PAUSED -> "paused";
      case MISSING -> "missing";
      case ERROR -> "error";
      case STOPPED -> "idle";
      case PENDING, STARTING, PAUSING, RESUMING, STOPPING -> "busy";
    };
  }

  private static Icon shape(CapsuleStatus status) {
    return switch (status) {
      case RUNNING -> Icon.DOT;
      case PAUSED -> Icon.BARS;
      case MISSING -> Icon.QUESTION;
      case ERROR -> Icon.TRIANGLE;
      case STOPPED -> Icon.RING;
      case PENDING, STARTING, PAUSING, RESUMING, STOPPING -> Icon.ARC;
    };
  }
}
