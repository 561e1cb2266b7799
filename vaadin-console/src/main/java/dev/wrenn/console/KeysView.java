package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.VaadinRequest;
import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.ApiKeyService.ApiKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The team's API keys. */
@Route(value = "keys", layout = Frame.class)
@PageTitle("API keys · Wrenn")
public class KeysView extends Div {
  private static final long serialVersionUID = 1L;
  private final Span line = new Span();
  private final Div trouble = new Div();
  private final Grid<ApiKey> grid = new Grid<>();
  private final Div empty = new Div();
  private String base = "";

  public KeysView() {
    addClassName("page-body");
    line.addClassName("line");
    Button create = new Button("New key", e -> create());
    create.setId("new-key");
    create.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    Div actions = new Div(create);
    actions.addClassName("actions");
    Div head = new Div(new Div(new H1("API keys"), line), actions);
    head.addClassName("head");
    columns();
    empty.addClassNames("empty", "gone");
    empty.add(new H2("No API key yet"), new Paragraph("Programs show a key where people sign in. Make one with \"New key\"; it acts for your team until you revoke it."));
    add(head, trouble, grid, empty);
  }

  private void columns() {
    grid.addClassName("list");
    grid.setId("keys");
    grid.addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    grid.setSelectionMode(Grid.SelectionMode.NONE);
    grid.addColumn(ApiKey::name).setHeader("Name").setKey("name").setSortable(true).setFlexGrow(1).setWidth("160px");
    grid.addComponentColumn(k -> mono(k.prefix() + "…")).setHeader("Begins with").setKey("prefix").setWidth("140px").setFlexGrow(0);
    grid.addColumn(k -> k.creatorEmail().orElse("somebody who left")).setHeader("Made by").setKey("creator").setSortable(true).setWidth("180px").setFlexGrow(0);
    grid.addComponentColumn(k -> time(Optional.of(k.createdAt()))).setHeader("Created").setKey("created").setComparator(ApiKey::createdAt).setWidth("130px").setFlexGrow(0);
    grid.addComponentColumn(k -> time(k.lastUsed())).setHeader("Last used").setKey("used")
        .setComparator(k -> k.lastUsed().orElse(Instant.EPOCH)).setWidth("130px").setFlexGrow(0);
    grid.addComponentColumn(this::revoke).setHeader("").setKey("actions").setWidth("100px").setFlexGrow(0);
  }

  @Override
  protected void onAttach(AttachEvent event) {
    VaadinRequest request = VaadinRequest.getCurrent();
    if (request != null && request.getHeader("Host") != null) {
      base = PortAddress.scheme(request) + "://" + request.getHeader("Host");
    }
    load();
  }

  private void load() {
    Work.run(this, caller -> Platform.call(ApiKeyService.class, s -> s.list(caller)), this::show, problem -> {
      trouble.removeAll();
      trouble.add(Notices.trouble("API keys can't be listed.", problem.message()));
    });
  }

  private void show(List<ApiKey> keys) {
    trouble.removeAll();
    long used = keys.stream().filter(k -> k.lastUsed().isPresent()).count();
    line.setText(Words.count(keys.size(), "key") + (keys.isEmpty() ? "" : ", " + used + " used so far"));
    empty.setClassName("gone", !keys.isEmpty());
    grid.setClassName("gone", keys.isEmpty());
    grid.setItems(keys);
  }

  private void create() {
    new AskDialog("Create an API key", "Name", "", "Create key",
        (caller, name) -> Platform.call(ApiKeyService.class, s -> s.create(caller, name.isBlank() ? Optional.empty() : Optional.of(name.strip()))),
        made -> {
          load();
          new NewKeyDialog(made, base).open();
        }).helping("What will use it, so that you know later what revoking it stops.").open();
  }

  private Component revoke(ApiKey key) {
    Button button = new Button("Revoke", e -> ask(key));
    button.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_ERROR);
    button.setAriaLabel("Revoke " + key.name());
    return button;
  }

  private void ask(ApiKey key) {
    ConfirmDialog ask = new ConfirmDialog("Revoke " + key.name() + "?",
        "Whatever uses the key that begins with " + key.prefix() + " is refused from now on. This can't be undone.", "Revoke key",
        e -> Work.run(this, caller -> Platform.call(ApiKeyService.class, s -> {
          s.revoke(caller, key.id());
          return key;
        }), gone -> {
          Notices.done("Revoked " + key.name());
          load();
        }, problem -> Notices.failed("The key was not revoked", problem)));
    ask.setId("revoke-dialog");
    ask.setCancelable(true);
    ask.setConfirmButtonTheme("error primary");
    ask.open();
  }

  private static Component time(Optional<Instant> at) {
    if (at.isPresent()) {
      return new Age("", at.get());
    }
    Span span = new Span("never");
    span.addClassName("faint");
    return span;
  }

  private static Span mono(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    return span;
  }
}
