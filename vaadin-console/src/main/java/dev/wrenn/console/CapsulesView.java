package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.Shortcuts;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.QueryParameters;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteAlias;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.util.List;
import java.util.Map;

/** All capsules of the team, as they are now. */
@Route(value = "", layout = Frame.class)
@RouteAlias(value = "capsules", layout = Frame.class)
@PageTitle("Capsules · Wrenn")
public class CapsulesView extends Div implements BeforeEnterObserver {
  private static final long serialVersionUID = 1L;
  private final Span line = new Span();
  private final TextField search = new TextField();
  private final Checkbox ended = new Checkbox("Show ended");
  private final CapsuleGrid grid = new CapsuleGrid();
  private final Div empty = new Div();
  private transient Live live;

  public CapsulesView() {
    addClassName("page-body");
    line.addClassName("line");
    Button create = new Button("New capsule", e -> openCreate());
    create.setId("new-capsule");
    create.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    create.setTooltipText("New capsule (n)");
    Div actions = new Div(create);
    actions.addClassName("actions");
    Div head = new Div(new Div(new H1("Capsules"), line), actions);
    head.addClassName("head");
    search.setPlaceholder("Search id, template, state   /");
    search.setClearButtonVisible(true);
    search.setValueChangeMode(ValueChangeMode.LAZY);
    search.setAriaLabel("Search capsules");
    search.addValueChangeListener(e -> filter());
    ended.addValueChangeListener(e -> filter());
    Div tools = new Div(search, ended);
    tools.addClassName("tools");
    fillEmpty();
    add(head, tools, grid, empty);
    Shortcuts.addShortcutListener(this, () -> search.focus(), Key.SLASH).resetFocusOnActiveElement();
  }

  @Override
  public void beforeEnter(BeforeEnterEvent event) {
    QueryParameters query = event.getLocation().getQueryParameters();
    search.setValue(query.getSingleParameter("q").orElse(""));
    ended.setValue(query.getSingleParameter("ended").isPresent());
  }

  @Override
  protected void onAttach(AttachEvent event) {
    UI ui = event.getUI();
    try {
      load();
      live = Live.start(ui, Visitor.caller(), changes -> {
        grid.merge(changes);
        tell();
      });
    } catch (PlatformException refused) {
      Notices.failed("Capsules can't be listed", refused);
    }
  }

  @Override
  protected void onDetach(DetachEvent event) {
    if (live != null) {
      live.close();
      live = null;
    }
  }

  private void load() throws PlatformException {
    List<Capsule> all = Platform.call(CapsuleService.class, s -> s.list(Visitor.caller(), true));
    grid.replace(all);
    filter();
  }

  private void filter() {
    grid.show(search.getValue(), ended.getValue());
    tell();
    getUI().ifPresent(ui -> ui.getPage().getHistory().replaceState(null, location()));
  }

  private String location() {
    String query = search.isEmpty() ? "" : "q=" + java.net.URLEncoder.encode(search.getValue(), java.nio.charset.StandardCharsets.UTF_8);
    if (ended.getValue()) {
      query += (query.isEmpty() ? "" : "&") + "ended=1";
    }
    return query.isEmpty() ? "." : "?" + query;
  }

  private void tell() {
    Map<CapsuleStatus, Long> counts = grid.counts();
    long running = counts.getOrDefault(CapsuleStatus.RUNNING, 0L);
    long paused = counts.getOrDefault(CapsuleStatus.PAUSED, 0L);
    long failed = counts.getOrDefault(CapsuleStatus.ERROR, 0L);
    StringBuilder words = new StringBuilder(running + " running");
    if (paused > 0) {
      words.append(", ").append(paused).append(" paused");
    }
    if (failed > 0) {
      words.append(", ").append(failed).append(" failed");
    }
    line.setText(words.toString());
    boolean none = grid.shown() == 0;
    grid.setVisible(!none);
    empty.setVisible(none);
  }

  private void fillEmpty() {
    empty.addClassName("empty");
    empty.add(
        new H2("No capsule to show"),
        new Paragraph("A capsule is a small machine of its own that runs your code. Make one here, or with one of these:"),
        new Pre("curl -X POST $WRENN_BASE_URL/v1/capsules -H \"X-API-Key: $WRENN_API_KEY\" -d '{}'\ncapsule:create"));
  }

  private void openCreate() {
    new CreateDialog(java.util.Optional.empty()).open();
  }
}
