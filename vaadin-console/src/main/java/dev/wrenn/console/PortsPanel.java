package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.IntegerField;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PortService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Ports of a capsule: on which something listens, who may reach them, and under which address. */
class PortsPanel extends Polled<List<PortsPanel.Row>> {
  private static final long serialVersionUID = 1L;
  private final String capsule;
  private final PortAddress address;
  private final Grid<Row> grid = new Grid<>();
  private final Div empty = new Div();
  private final transient java.util.Set<Integer> asked = java.util.concurrent.ConcurrentHashMap.newKeySet();
  private transient List<Row> shown = List.of();

  record Row(PortService.PortAccess access, boolean listening) {
    int port() {
      return access.port();
    }
  }

  PortsPanel(String capsule, PortAddress address) {
    this.capsule = capsule;
    this.address = address;
    addClassName("fill");
    IntegerField port = new IntegerField();
    port.setId("port");
    port.setPlaceholder("Port");
    port.setAriaLabel("Port");
    port.setMin(1);
    port.setMax(65_535);
    port.setWidth("110px");
    Button add = new Button("Show port", e -> {
      if (!port.isEmpty() && !port.isInvalid()) {
        asked.add(port.getValue());
        port.clear();
        refresh();
      }
    });
    add.setId("show-port");
    Button tokens = new Button("Tokens…", e -> tokens());
    tokens.setId("port-tokens");
    Div end = new Div(tokens);
    end.addClassName("end");
    Div bar = new Div(port, add, end);
    bar.addClassName("bar");
    columns();
    empty.addClassNames("empty", "gone");
    empty.add(new H2("Nothing listens"), new Paragraph("A server in the capsule shows up here by itself. Try one in the terminal:"), new Pre("python3 -m http.server 8000"));
    addComponentAsFirst(bar);
    add(grid, empty);
  }

  private void columns() {
    grid.addClassName("list");
    grid.setId("ports");
    grid.addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    grid.setSelectionMode(Grid.SelectionMode.NONE);
    grid.addComponentColumn(r -> mono(Integer.toString(r.port()))).setHeader("Port").setKey("port").setComparator(Row::port).setWidth("80px").setFlexGrow(0);
    grid.addComponentColumn(r -> r.listening() ? new StateLabel("running", Icon.DOT, "listening") : new StateLabel("idle", Icon.RING, "silent"))
        .setHeader("State").setKey("state").setWidth("120px").setFlexGrow(0);
    grid.addComponentColumn(PortsPanel::access).setHeader("Open to").setKey("access").setWidth("220px").setFlexGrow(0);
    grid.addComponentColumn(this::link).setHeader("Address").setKey("address").setFlexGrow(1).setWidth("220px");
    grid.addComponentColumn(this::actions).setHeader("").setKey("actions").setWidth("290px").setFlexGrow(0);
  }

  @Override
  List<Row> fetch(Caller caller) throws Exception {
    SortedSet<Integer> listening = ListeningPorts.of(Platform.files(caller, capsule));
    List<PortService.PortAccess> said = Platform.call(PortService.class, s -> s.ports(caller, capsule));
    SortedSet<Integer> all = said.stream().map(PortService.PortAccess::port).collect(Collectors.toCollection(TreeSet::new));
    all.addAll(listening);
    all.addAll(asked);
    List<Row> rows = new ArrayList<>();
    for (int port : all) {
      rows.add(new Row(Platform.call(PortService.class, s -> s.port(caller, capsule, port)), listening.contains(port)));
    }
    return rows;
  }

  @Override
  void show(List<Row> now) {
    empty.setClassName("gone", !now.isEmpty());
    grid.setClassName("gone", now.isEmpty());
    if (!now.equals(shown)) {
      shown = now;
      grid.setItems(now);
    }
  }

  @Override
  Duration pause() {
    return Duration.ofSeconds(3);
  }

  @Override
  String subject() {
    return "Ports can't be shown.";
  }

  private static Component access(Row row) {
    Span who = new Span(row.access().open() ? "everybody with the address" : "holders of the port token");
    if (row.access().said()) {
      return who;
    }
    who.setTitle("This is the capsule's rule; nothing was said of this port.");
    who.addClassName("dim");
    return who;
  }

  private Component link(Row row) {
    Anchor anchor = new Anchor(address.of(row.port()), address.of(row.port()));
    anchor.setTarget("_blank");
    anchor.getElement().setAttribute("rel", "noopener");
    anchor.addClassName("url");
    return anchor;
  }

  private Component actions(Row row) {
    boolean open = row.access().open();
    Button turn = small(open ? "Make private" : "Make public", e -> change(row, !open));
    turn.addClassName(open ? "make-private" : "make-public");
    Div box = new Div(Copying.button("Copy", address.of(row.port())), turn);
    if (!open) {
      Button enter = small("Open with token", e -> enter(row));
      enter.setTooltipText("Your browser keeps the token as a cookie of that address");
      box.add(enter);
    }
    if (row.access().said()) {
      Button clear = small("Reset", e -> clear(row));
      clear.setTooltipText("Back to the capsule's rule");
      box.add(clear);
    }
    box.getStyle().set("display", "flex").set("align-items", "center");
    return box;
  }

  private void change(Row row, boolean open) {
    Work.run(this, caller -> Platform.call(PortService.class, s -> s.set(caller, capsule, row.port(), open)), done -> refresh(),
        problem -> Notices.failed("Port " + row.port() + " was not changed", problem));
  }

  private void clear(Row row) {
    Work.run(this, caller -> Platform.call(PortService.class, s -> {
      s.clear(caller, capsule, row.port());
      return row;
    }), done -> refresh(), problem -> Notices.failed("Port " + row.port() + " was not changed", problem));
  }

  private void enter(Row row) {
    Work.run(this, caller -> Platform.call(PortService.class, s -> s.tokens(caller, capsule)),
        tokens -> getElement().executeJs("window.open($0, '_blank', 'noopener')", address.of(row.port()) + "?wrenn_port_token=" + tokens.port()),
        problem -> Notices.failed("Port " + row.port() + " was not opened", problem));
  }

  private void tokens() {
    Work.run(this, caller -> Platform.call(PortService.class, s -> s.tokens(caller, capsule)), tokens -> {
      Dialog dialog = new Dialog("Tokens of this capsule");
      dialog.setId("tokens-dialog");
      Paragraph port = new Paragraph("Send the port token with a request to a port that is not public, as a header:");
      Paragraph access = new Paragraph("The access token is for clients that speak to the agent in the capsule. Both are secrets.");
      Div box = new Div(port, Copying.box("Port token", "X-Wrenn-Port-Token: " + tokens.port()), access,
          Copying.box("Access token", "X-Access-Token: " + tokens.access()));
      box.addClassName("form");
      dialog.add(box);
      dialog.getFooter().add(new Button("Close", e -> dialog.close()));
      dialog.open();
    }, problem -> Notices.failed("The tokens can't be shown", problem));
  }

  private static Button small(String text, com.vaadin.flow.component.ComponentEventListener<com.vaadin.flow.component.ClickEvent<Button>> listener) {
    Button button = new Button(text, listener);
    button.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY);
    return button;
  }

  private static Span mono(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    return span;
  }
}
