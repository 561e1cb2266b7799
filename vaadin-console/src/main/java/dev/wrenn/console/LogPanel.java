package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The end of what kernel and agent wrote to the capsule's console. */
class LogPanel extends Polled<String> {
  private static final long serialVersionUID = 1L;
  private static final int TAIL = 64 * 1024;
  private final String capsule;
  private final Log log = new Log();
  private final Span note = new Span();
  private volatile boolean follow = true;
  private String shown = "";

  LogPanel(String capsule) {
    this.capsule = capsule;
    addClassName("fill");
    setId("log");
    Checkbox following = new Checkbox("Follow", true);
    following.addValueChangeListener(e -> {
      follow = e.getValue();
      refresh();
    });
    note.addClassName("dim");
    note.setText("The last 64 KiB of what kernel and agent wrote.");
    Div end = new Div(following);
    end.addClassName("end");
    Div bar = new Div(note, end);
    bar.addClassName("bar");
    Div box = new Div(log);
    box.addClassName("log-box");
    addComponentAsFirst(bar);
    add(box);
  }

  @Override
  String fetch(Caller caller) throws Exception {
    byte[] tail = Platform.call(CapsuleService.class, s -> s.console(caller, capsule, TAIL));
    return plain(new String(tail, StandardCharsets.UTF_8));
  }

  /** Without the sequences that are meant for a terminal, and without the kernel's numbers of urgency. */
  static String plain(String text) {
    return text.replaceAll("\u001b\\[[0-9;?]*[ -/]*[@-~]", "").replaceAll("\u001b.", "").replace("\r\n", "\n").replaceAll("(?m)^<\\d{1,3}>", "").replaceAll("[^\\P{Cc}\n\t]", "");
  }

  @Override
  void show(String now) {
    if (!now.equals(shown)) {
      shown = now;
      log.getElement().executeJs("this.show($0)", now.isEmpty() ? "Nothing was written yet." : now);
    }
  }

  @Override
  Duration pause() {
    return follow ? Duration.ofSeconds(2) : Duration.ofHours(1);
  }

  @Override
  String subject() {
    return "The console's output can't be read.";
  }

  @Tag("wrenn-log")
  @JavaScript("context://wrenn-code.js")
  private static final class Log extends Component {
    private static final long serialVersionUID = 1L;
  }
}
