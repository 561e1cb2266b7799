package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.tabs.Tab;
import com.vaadin.flow.component.tabs.Tabs;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.HasDynamicTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteParameters;
import com.vaadin.flow.router.RouterLink;
import com.vaadin.flow.server.VaadinRequest;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.ProcessInfo;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/** One capsule: how it is, what happened to it, and what is in it. */
@Route(value = "capsules/:id", layout = Frame.class)
public class CapsuleView extends Div implements BeforeEnterObserver, HasDynamicTitle {
  private static final long serialVersionUID = 1L;
  private final Div head = new Div();
  private final Div trouble = new Div();
  private final Div body = new Div();
  private final Tabs tabs = new Tabs();
  private final transient Map<CapsuleTab, Tab> byPage = new EnumMap<>(CapsuleTab.class);
  private String id = "";
  private String directory = "/";
  private transient CapsuleHeader header;
  private transient Capsule capsule;
  private transient TerminalsPanel terminals;
  private transient Live live;
  private PortAddress address;

  public CapsuleView() {
    addClassName("page-body");
    for (CapsuleTab page : CapsuleTab.values()) {
      Tab tab = new Tab(page.title());
      tab.setId("tab-" + page.word());
      byPage.put(page, tab);
      tabs.add(tab);
    }
    tabs.addSelectedChangeListener(e -> {
      if (e.isFromClient()) {
        locate();
        showTab();
      }
    });
    body.addClassName("fill");
    RouterLink all = new RouterLink("Capsules", CapsulesView.class);
    all.addClassName("crumb");
    add(all, head, trouble, tabs, body);
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
    var query = event.getLocation().getQueryParameters();
    tabs.setSelectedTab(byPage.get(CapsuleTab.of(query.getSingleParameter("tab").orElse(""))));
    directory = Paths.normal(query.getSingleParameter("path").orElse("/"));
    VaadinRequest request = VaadinRequest.getCurrent();
    if (request != null && request.getHeader("Host") != null) {
      address = PortAddress.of(id, PortAddress.scheme(request), request.getHeader("Host"));
    }
  }

  @Override
  protected void onAttach(AttachEvent event) {
    try {
      capsule = Platform.call(CapsuleService.class, s -> s.get(Visitor.caller(), id));
      live = Live.start(event.getUI(), Visitor.caller(), changes -> changes.stream().filter(c -> c.id().equals(id)).forEach(this::changed));
      header = new CapsuleHeader(id, () -> getUI().ifPresent(ui -> ui.navigate(CapsulesView.class)));
      head.removeAll();
      head.add(header);
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
    terminals = null;
    body.removeAll();
  }

  private CapsuleTab page() {
    return CapsuleTab.values()[Math.max(0, tabs.getSelectedIndex())];
  }

  private void changed(Capsule now) {
    if (now.version() < capsule.version()) {
      return;
    }
    boolean other = now.status() != capsule.status();
    boolean facts = !now.equals(capsule) && page() == CapsuleTab.OVERVIEW;
    capsule = now;
    show();
    if (other) {
      if (now.status() != CapsuleStatus.RUNNING) {
        terminals = null;
      }
      showTab();
    } else if (facts && body.getChildren().findFirst().orElse(null) instanceof Overview overview) {
      overview.update(now);
    }
  }

  private void show() {
    header.show(capsule);
    trouble.removeAll();
    trouble.setVisible(capsule.reason().isPresent());
    capsule.reason().ifPresent(r -> trouble.add(Notices.trouble(switch (capsule.status()) {
      case ERROR -> "Failed at " + r.step() + ".";
      case PAUSED -> "The last resume failed at " + r.step() + ".";
      case STOPPED -> "Ended at " + r.step() + ".";
      default -> "At " + r.step() + ":";
    }, r.message())));
  }

  private void locate() {
    String query = page() == CapsuleTab.OVERVIEW ? "" : "?tab=" + page().word();
    if (page() == CapsuleTab.FILES && !directory.equals("/")) {
      query += "&path=" + URLEncoder.encode(directory, StandardCharsets.UTF_8);
    }
    String location = "capsules/" + id + query;
    getUI().ifPresent(ui -> ui.getPage().getHistory().replaceState(null, location));
  }

  /** Terminals stay where they are when another page is shown, out of sight: their connections live. */
  private void showTab() {
    body.getChildren().filter(c -> c != terminals).toList().forEach(body::remove);
    boolean shell = page() == CapsuleTab.TERMINAL && capsule.status() == CapsuleStatus.RUNNING;
    if (terminals != null) {
      terminals.setClassName("gone", !shell);
    }
    try {
      if (!shell) {
        body.add(content());
      } else if (terminals == null) {
        openTerminals().recall();
      }
    } catch (PlatformException refused) {
      body.add(Notices.trouble("This page can't be shown.", refused.getMessage()));
    }
  }

  private TerminalsPanel openTerminals() throws PlatformException {
    if (terminals == null) {
      terminals = new TerminalsPanel(id, Visitor.token());
      body.add(terminals);
    }
    return terminals;
  }

  private Component content() throws PlatformException {
    if (!page().has(capsule.status())) {
      return new NotRunning(capsule, page().plural());
    }
    return switch (page()) {
      case FILES -> new FilesPanel(id, Visitor.token(), directory, path -> {
        directory = path;
        locate();
      });
      case PROCESSES -> new ProcessesPanel(id, this::attach);
      case PORTS -> new PortsPanel(id, address);
      case TIMELINE -> new Timeline(id);
      case LOGS -> new LogPanel(id);
      default -> new Overview(capsule);
    };
  }

  private void attach(ProcessInfo process) {
    try {
      TerminalsPanel panel = openTerminals();
      if (ProcessesPanel.onTerminal(process)) {
        panel.connect(process.tag().orElseThrow(), process.command());
      } else {
        panel.watch(Long.toString(process.pid()));
      }
      tabs.setSelectedTab(byPage.get(CapsuleTab.TERMINAL));
      locate();
      showTab();
    } catch (PlatformException refused) {
      Notices.failed("The process can't be shown", refused);
    }
  }
}
