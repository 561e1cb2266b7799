package dev.wrenn.console;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.tabs.Tab;
import com.vaadin.flow.component.tabs.Tabs;
import java.util.LinkedHashMap;
import java.util.Map;

/** The terminals of one visitor in one capsule. They stay connected while another page of the capsule is looked at. */
class TerminalsPanel extends Div {
  private static final long serialVersionUID = 1L;
  private final String capsule;
  private final String token;
  private final Tabs tabs = new Tabs(false);
  private final Div place = new Div();
  private final Div none = new Div();
  private final transient Map<Tab, TerminalPanel> terminals = new LinkedHashMap<>();
  private int count;

  TerminalsPanel(String capsule, String token) {
    this.capsule = capsule;
    this.token = token;
    addClassName("fill");
    place.addClassName("fill");
    tabs.addSelectedChangeListener(e -> choose());
    tabs.addClassName("terminal-tabs");
    Button shell = new Button("New shell", e -> start(TerminalPanel.Order.SHELL, "shell"));
    shell.setId("new-shell");
    shell.addThemeVariants(ButtonVariant.LUMO_SMALL);
    Button command = new Button("Run…", e -> new RunDialog(this::start).open());
    command.setId("run-command");
    command.setTooltipText("Another command or user on a terminal");
    command.addThemeVariants(ButtonVariant.LUMO_SMALL);
    Div end = new Div(shell, command);
    end.addClassName("end");
    Div bar = new Div(tabs, end);
    bar.addClassName("bar");
    none.addClassNames("empty", "gone");
    none.add(new Span("No terminal is open. Start one with \"New shell\", or find one that runs under Processes."));
    place.add(none);
    add(bar, place);
  }

  /** What this browser tab had open here before; a shell when that is nothing. */
  void recall() {
    getElement().executeJs("return JSON.stringify(window.wrenn.terminals($0))", capsule).then(String.class, tags -> {
      java.util.regex.Matcher tag = java.util.regex.Pattern.compile("\"([a-zA-Z0-9._-]{1,64})\"").matcher(tags);
      while (tag.find()) {
        connect(tag.group(1), "shell");
      }
      if (terminals.isEmpty()) {
        start(TerminalPanel.Order.SHELL, "shell");
      }
    });
  }

  void connect(String tag, String title) {
    open(TerminalPanel.connect(capsule, token, tag), title);
  }

  void watch(String selector) {
    open(TerminalPanel.watch(capsule, token, selector), "output of " + selector);
  }

  private void start(TerminalPanel.Order order, String title) {
    open(TerminalPanel.start(capsule, token, order), title);
  }

  private void open(TerminalPanel terminal, String title) {
    String name = ++count + " " + title;
    NativeButton close = new NativeButton("✕");
    close.addClassName("link");
    close.setAriaLabel("End " + name);
    close.setTitle("End this shell");
    Tab tab = new Tab(new Span(name), close);
    close.addClickListener(e -> close(tab));
    terminals.put(tab, terminal);
    place.add(terminal);
    tabs.add(tab);
    tabs.setSelectedTab(tab);
    choose();
  }

  private void close(Tab tab) {
    TerminalPanel terminal = terminals.remove(tab);
    if (terminal == null) {
      return;
    }
    terminal.kill();
    // The element leaves after the answer, so that its last word goes out first.
    terminal.getElement().executeJs("return true").then(said -> place.remove(terminal));
    tabs.remove(tab);
    choose();
  }

  private void choose() {
    terminals.forEach((tab, terminal) -> terminal.setClassName("gone", tab != tabs.getSelectedTab()));
    none.setClassName("gone", !terminals.isEmpty());
  }
}
