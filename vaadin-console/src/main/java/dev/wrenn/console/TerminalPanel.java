package dev.wrenn.console;

import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.dependency.StyleSheet;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/** A shell in the capsule, on its pty WebSocket, with a line that says how the connection is. */
class TerminalPanel extends Div {
  private static final long serialVersionUID = 1L;

  TerminalPanel(String capsule, String token) {
    addClassName("terminal-box");
    Screen screen = new Screen();
    Span state = new Span(new StateLabel("busy", Icon.ARC, "connecting"));
    Span words = new Span();
    words.addClassName("words");
    Button again = new Button("New shell", e -> screen.getElement().callJsFunction("restart"));
    again.addThemeVariants(ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_SMALL);
    Div bar = new Div(state, words, again);
    bar.addClassName("terminal-bar");
    add(bar, screen);
    screen.getElement().addEventListener("terminal-state", e -> {
      state.removeAll();
      state.add(label(e.getEventData().get("event.detail.state").asString()));
      words.setText(e.getEventData().get("event.detail.words").asString());
    }).addEventData("event.detail.state").addEventData("event.detail.words");
    screen.getElement().callJsFunction("attach", "/v1/capsules/" + capsule + "/pty", token);
  }

  private static StateLabel label(String state) {
    return switch (state) {
      case "attached" -> new StateLabel("running", Icon.DOT, "attached");
      case "detached" -> new StateLabel("paused", Icon.BARS, "detached");
      case "ended" -> new StateLabel("idle", Icon.RING, "ended");
      default -> new StateLabel("busy", Icon.ARC, "connecting");
    };
  }

  @Tag("wrenn-terminal")
  @StyleSheet("context://vendor/xterm.css")
  @JavaScript("context://vendor/xterm.js")
  @JavaScript("context://vendor/addon-fit.js")
  @JavaScript("context://wrenn-terminal.js")
  private static final class Screen extends Component {
    private static final long serialVersionUID = 1L;
  }
}
