package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.dom.Element;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import dev.wrenn.platform.HostService;
import dev.wrenn.platform.PlatformException;
import java.util.List;

/** The hosts, how full they are, and what their drivers can really do. For platform admins. */
@Route(value = "hosts", layout = Frame.class)
@PageTitle("Hosts and drivers · Wrenn")
public class HostsView extends Div {
  private static final long serialVersionUID = 1L;
  private final Span line = new Span();
  private final Div content = new Div();

  public HostsView() {
    addClassName("page-body");
    line.addClassName("line");
    Div head = new Div(new Div(new H1("Hosts and drivers"), line));
    head.addClassName("head");
    content.getStyle().set("display", "grid").set("gap", "20px");
    add(head, content);
  }

  @Override
  protected void onAttach(AttachEvent event) {
    load();
  }

  private void load() {
    content.removeAll();
    try {
      List<HostService.Host> hosts = Platform.call(HostService.class, s -> s.hosts(Visitor.caller()));
      List<HostService.DriverInfo> drivers = Platform.call(HostService.class, s -> s.drivers(Visitor.caller()));
      line.setText(Words.count(hosts.size(), "host") + ", " + Words.count(drivers.size(), "driver"));
      hosts.forEach(h -> content.add(host(h)));
      Div cards = new Div();
      cards.addClassName("cards");
      drivers.forEach(d -> cards.add(driver(d)));
      content.add(cards);
    } catch (PlatformException refused) {
      content.add(Notices.trouble("Hosts can't be shown.", refused.getMessage()));
    }
  }

  private static Div host(HostService.Host host) {
    Facts facts = new Facts();
    facts.addMono("Host", host.id());
    facts.add("New capsules", host.accepting() ? "accepted" : "not accepted");
    facts.add("Capsules", Integer.toString(host.capsules()));
    facts.add("vCPUs promised", host.cpuUsed() + " of " + host.cpuTotal());
    facts.add("Memory promised", Words.mebibytes(host.memoryUsedMib()) + " of " + Words.mebibytes(host.memoryTotalMib()));
    facts.add("Disk promised", Words.mebibytes(host.diskUsedMib()) + " of " + Words.mebibytes(host.diskTotalMib()));
    host.facts().forEach((key, value) -> facts.addMono(key.replace('_', ' '), value));
    Div box = new Div(facts);
    box.getStyle().set("display", "grid").set("gap", "12px");
    host.problems().forEach(p -> box.add(Notices.trouble("Needs you:", p)));
    return box;
  }

  private Div driver(HostService.DriverInfo driver) {
    H2 name = new H2(driver.name() + " " + driver.kind());
    Button probe = new Button("Probe");
    probe.addThemeVariants(ButtonVariant.LUMO_SMALL);
    probe.setTooltipText("Try anew what this driver can do here");
    probe.setDisableOnClick(true);
    probe.addClickListener(e -> probe(driver, probe));
    Div actions = new Div(probe);
    actions.addClassName("actions");
    Div head = new Div(name, verdict(driver), actions);
    head.addClassName("card-head");
    Element pairs = new Element("dl");
    pairs.getClassList().add("pairs");
    pair(pairs, "version", driver.version() + (driver.preferred() ? ", preferred" : ""));
    pair(pairs, "capsules", Integer.toString(driver.capsules()));
    driver.facts().forEach((key, value) -> pair(pairs, key, value));
    Div card = new Div(head, new Span(driver.summary()));
    card.addClassName("panel");
    card.getElement().appendChild(pairs);
    return card;
  }

  private static StateLabel verdict(HostService.DriverInfo driver) {
    return driver.usable().map(usable -> usable ? new StateLabel("running", Icon.DOT, "usable") : new StateLabel("error", Icon.TRIANGLE, "not usable"))
        .orElseGet(() -> new StateLabel("busy", Icon.ARC, "probing"));
  }

  private void probe(HostService.DriverInfo driver, Button button) {
    UI ui = UI.getCurrent();
    try {
      String token = Visitor.token();
      Thread.ofVirtual().name("console-probe").start(() -> {
        try {
          Platform.call(HostService.class, s -> s.probe(Visitor.caller(token), driver.host(), driver.kind(), driver.name()));
          ui.access(this::load);
        } catch (PlatformException refused) {
          ui.access(() -> {
            button.setEnabled(true);
            Notices.failed("The probe failed", refused);
          });
        }
      });
    } catch (PlatformException refused) {
      Notices.failed("The probe failed", refused);
    }
  }

  private static void pair(Element list, String name, String value) {
    list.appendChild(new Element("dt").setText(name), new Element("dd").setText(value));
  }
}
