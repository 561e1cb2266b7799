package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.platform.Caller;
import dev.wrenn.process.ProcessInfo;
import dev.wrenn.process.ProcessSelector;
import dev.wrenn.process.Processes;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** What was started through the platform and runs now. */
class ProcessesPanel extends Polled<List<ProcessInfo>> {
  private static final long serialVersionUID = 1L;
  private final String capsule;
  private final Grid<ProcessInfo> grid = new Grid<>();
  private final Div empty = new Div();
  private transient List<ProcessInfo> shown = List.of();

  ProcessesPanel(String capsule, Consumer<ProcessInfo> attach) {
    this.capsule = capsule;
    addClassName("fill");
    grid.addClassName("list");
    grid.setId("processes");
    grid.addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    grid.setSelectionMode(Grid.SelectionMode.NONE);
    grid.addComponentColumn(p -> mono(Long.toString(p.pid()))).setHeader("Pid").setKey("pid").setComparator(ProcessInfo::pid).setWidth("90px").setFlexGrow(0);
    grid.addComponentColumn(p -> mono(line(p))).setHeader("Command").setKey("command").setFlexGrow(1).setWidth("200px");
    grid.addComponentColumn(p -> mono(p.tag().orElse("–"))).setHeader("Tag").setKey("tag").setWidth("150px").setFlexGrow(0);
    grid.addComponentColumn(p -> mono(p.cwd().orElse("–"))).setHeader("Directory").setKey("cwd").setWidth("130px").setFlexGrow(0);
    grid.addComponentColumn(p -> actions(p, attach)).setHeader("").setKey("actions").setWidth("196px").setFlexGrow(0).setFrozenToEnd(true);
    empty.addClassNames("empty", "gone");
    empty.add(new H2("Nothing runs"), new Paragraph("Processes that are started through the platform show up here by themselves. Start one in the terminal, or with:"),
        new Pre("curl -X POST $WRENN_BASE_URL/v1/capsules/" + capsule + "/exec -H \"X-API-Key: $WRENN_API_KEY\" \\\n  -d '{\"cmd\":\"sleep\",\"args\":[\"60\"],\"background\":true}'"));
    add(grid, empty);
  }

  @Override
  List<ProcessInfo> fetch(Caller caller) throws Exception {
    return Platform.processes(caller, capsule).list().stream().sorted(java.util.Comparator.comparing(ProcessInfo::pid).reversed()).toList();
  }

  @Override
  void show(List<ProcessInfo> now) {
    empty.setClassName("gone", !now.isEmpty());
    grid.setClassName("gone", now.isEmpty());
    if (!now.equals(shown)) {
      shown = now;
      grid.setItems(now);
    }
  }

  @Override
  Duration pause() {
    return Duration.ofSeconds(2);
  }

  @Override
  String subject() {
    return "Processes can't be listed.";
  }

  /** Whether it has a terminal: those were started by the platform's terminal socket. */
  static boolean onTerminal(ProcessInfo process) {
    return process.tag().filter(t -> t.startsWith("pty-")).isPresent();
  }

  private Component actions(ProcessInfo process, Consumer<ProcessInfo> attach) {
    Button look = button("Attach", "Show the output of " + process.pid(), e -> attach.accept(process));
    Button term = button("TERM", "Ask process " + process.pid() + " to end", e -> signal(process, Processes.Signal.TERM));
    Button kill = button("KILL", "Kill process " + process.pid(), e -> askKill(process));
    kill.addThemeVariants(ButtonVariant.LUMO_ERROR);
    Div box = new Div(look, term, kill);
    box.getStyle().set("display", "flex");
    return box;
  }

  private void askKill(ProcessInfo process) {
    ConfirmDialog ask = new ConfirmDialog("Kill process " + process.pid() + "?", line(process) + " and its process group end at once and can't clean up.",
        "Kill", e -> signal(process, Processes.Signal.KILL));
    ask.setCancelable(true);
    ask.setConfirmButtonTheme("error primary");
    ask.open();
  }

  private void signal(ProcessInfo process, Processes.Signal signal) {
    Work.run(this, caller -> {
      Platform.processes(caller, capsule).signal(new ProcessSelector.Pid(process.pid()), signal);
      return process;
    }, done -> {
      Notices.done("Sent " + signal + " to " + process.pid());
      refresh();
    }, problem -> Notices.failed("Process " + process.pid() + " was not signalled", problem));
  }

  private static String line(ProcessInfo process) {
    return (process.command() + " " + String.join(" ", process.args())).strip();
  }

  private static Button button(String text, String tip, com.vaadin.flow.component.ComponentEventListener<com.vaadin.flow.component.ClickEvent<Button>> listener) {
    Button button = new Button(text, listener);
    button.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY);
    button.setAriaLabel(tip);
    button.setTooltipText(tip);
    return button;
  }

  private static Span mono(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    span.setTitle(text);
    return span;
  }
}
