package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.tabs.Tab;
import com.vaadin.flow.component.tabs.Tabs;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.HasDynamicTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteParameters;
import com.vaadin.flow.router.RouterLink;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import java.util.Map;

/** One capsule: what it is, how it came to be, and a shell in it. */
@Route(value = "capsules/:id", layout = Frame.class)
public class CapsuleView extends Div implements BeforeEnterObserver, HasDynamicTitle {
  private static final long serialVersionUID = 1L;
  private final Div header = new Div();
  private final Div trouble = new Div();
  private final Div body = new Div();
  private final Tab info = new Tab("Info");
  private final Tab terminal = new Tab("Terminal");
  private final Tabs tabs = new Tabs(info, terminal);
  private String id = "";
  private transient Capsule capsule;
  private transient Live live;

  public CapsuleView() {
    addClassName("page-body");
    terminal.setId("tab-terminal");
    tabs.addSelectedChangeListener(e -> {
      if (e.isFromClient()) {
        getUI().ifPresent(ui -> ui.getPage().getHistory().replaceState(null, "capsules/" + id + (terminal.isSelected() ? "?tab=terminal" : "")));
        showTab();
      }
    });
    body.getStyle().set("display", "flex").set("flex-direction", "column").set("flex", "1").set("min-height", "0").set("gap", "20px");
    add(new RouterLink("Capsules", CapsulesView.class) {{ addClassName("crumb"); }}, header, trouble, tabs, body);
  }

  /** For links to a capsule by its id. */
  static RouteParameters to(String id) {
    return new RouteParameters(Map.of("id", id));
  }

  @Override
  public String getPageTitle() {
    return id + " · Wrenn";
  }

  @Override
  public void beforeEnter(BeforeEnterEvent event) {
    id = event.getRouteParameters().get("id").orElse("");
    boolean shell = event.getLocation().getQueryParameters().getSingleParameter("tab").filter("terminal"::equals).isPresent();
    tabs.setSelectedTab(shell ? terminal : info);
  }

  @Override
  protected void onAttach(AttachEvent event) {
    try {
      capsule = Platform.call(CapsuleService.class, s -> s.get(Visitor.caller(), id));
      live = Live.start(event.getUI(), Visitor.caller(), changes -> changes.stream().filter(c -> c.id().equals(id)).forEach(this::changed));
      show();
      showTab();
    } catch (PlatformException refused) {
      tabs.setVisible(false);
      trouble.setVisible(true);
      trouble.add(Notices.trouble("This capsule can't be shown.", refused.getMessage()));
    }
  }

  @Override
  protected void onDetach(DetachEvent event) {
    if (live != null) {
      live.close();
      live = null;
    }
  }

  private void changed(Capsule now) {
    if (now.version() < capsule.version()) {
      return;
    }
    boolean other = now.status() != capsule.status();
    capsule = now;
    show();
    if (other || info.isSelected()) {
      showTab();
    }
  }

  private void show() {
    Span name = new Span(capsule.id());
    name.addClassName("title-id");
    Button destroy = new Button("Destroy", e -> new DestroyDialog(capsule, () -> getUI().ifPresent(ui -> ui.navigate(CapsulesView.class))).open());
    destroy.setId("destroy");
    destroy.addThemeVariants(ButtonVariant.LUMO_ERROR);
    destroy.setVisible(!capsule.status().ended());
    Div actions = new Div(destroy);
    actions.addClassName("actions");
    Div line = new Div(new StateLabel(capsule.status()));
    line.addClassName("line");
    header.removeAll();
    header.addClassName("head");
    header.add(new Div(name, line), actions);
    trouble.removeAll();
    trouble.setVisible(capsule.reason().isPresent());
    capsule.reason().ifPresent(r -> trouble.add(Notices.trouble(
        (capsule.status() == CapsuleStatus.ERROR ? "Failed at " : "Ended at ") + r.step() + ".", r.message())));
  }

  private void showTab() {
    body.removeAll();
    body.add(terminal.isSelected() ? shell() : new CapsuleFacts(capsule));
  }

  private Component shell() {
    if (capsule.status() != CapsuleStatus.RUNNING) {
      Div none = new Div(new Span("A shell needs a running capsule; this one is " + new StateLabel(capsule.status()).getElement().getTextRecursively() + "."));
      none.addClassName("empty");
      return none;
    }
    try {
      return new TerminalPanel(id, Visitor.token());
    } catch (PlatformException refused) {
      return Notices.trouble("No shell.", refused.getMessage());
    }
  }
}
