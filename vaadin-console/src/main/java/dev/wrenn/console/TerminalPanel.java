package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.dependency.StyleSheet;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One terminal on the WebSocket of a capsule, with a line that says how the connection is. */
class TerminalPanel extends Div {
  private static final long serialVersionUID = 1L;
  private final Screen screen = new Screen();

  /** What is run in a new terminal. An empty program means a login shell. */
  record Order(String program, List<String> args, Optional<String> user, Optional<String> directory) {
    static final Order SHELL = new Order("/bin/bash", List.of("-l"), Optional.empty(), Optional.empty());
  }

  private TerminalPanel(ObjectNode wanted, boolean restarts) {
    addClassName("terminal-box");
    Span state = new Span(new StateLabel("busy", Icon.ARC, "connecting"));
    Span words = new Span();
    words.addClassName("words");
    Button again = new Button("Start anew", e -> screen.getElement().callJsFunction("restart"));
    again.addThemeVariants(ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_SMALL);
    again.setVisible(false);
    Div bar = new Div(state, words, again);
    bar.addClassName("terminal-bar");
    add(bar, screen);
    screen.getElement().addEventListener("terminal-state", e -> {
      String now = e.getEventData().get("event.detail.state").asString();
      state.removeAll();
      state.add(label(now));
      again.setVisible(restarts && now.equals("ended"));
      words.setText(e.getEventData().get("event.detail.words").asString());
    }).addEventData("event.detail.state").addEventData("event.detail.words");
    screen.getElement().executeJs("this.attach(JSON.parse($0))", wanted.toString());
  }

  /** A new process on a terminal. */
  static TerminalPanel start(String capsule, String token, Order order) {
    ObjectNode wanted = wanted(capsule, token);
    ObjectNode start = wanted.putObject("start").put("cmd", order.program());
    order.args().forEach(start.putArray("args")::add);
    order.user().ifPresent(user -> start.put("user", user));
    order.directory().ifPresent(directory -> start.put("cwd", directory));
    return new TerminalPanel(wanted, true);
  }

  /** A terminal that runs already. */
  static TerminalPanel connect(String capsule, String token, String tag) {
    return new TerminalPanel(wanted(capsule, token).put("tag", tag), false);
  }

  /** The output of a process without a terminal, from its last part on. */
  static TerminalPanel watch(String capsule, String token, String selector) {
    ObjectNode wanted = JsonNodeFactory.instance.objectNode().put("watch", true).put("token", token).put("tag", selector);
    String part = java.net.URLEncoder.encode(selector, java.nio.charset.StandardCharsets.UTF_8).replace("+", "%20");
    return new TerminalPanel(wanted.put("path", "/v1/capsules/" + capsule + "/processes/" + part + "/stream?replay=true"), false);
  }

  /** Ends the process, not only this view of it. */
  void kill() {
    screen.getElement().callJsFunction("kill");
  }

  private static ObjectNode wanted(String capsule, String token) {
    return JsonNodeFactory.instance.objectNode().put("path", "/v1/capsules/" + capsule + "/pty").put("token", token).put("memory", capsule);
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
