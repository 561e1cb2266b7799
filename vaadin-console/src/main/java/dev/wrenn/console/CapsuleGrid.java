package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.data.provider.ListDataProvider;
import com.vaadin.flow.router.RouterLink;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The list of capsules. Rows change in place; the order is the visitor's. */
class CapsuleGrid extends Grid<Capsule> {
  private static final long serialVersionUID = 1L;
  private final transient Map<String, Capsule> all = new LinkedHashMap<>();
  private final transient ListDataProvider<Capsule> rows = new ById();

  CapsuleGrid() {
    addClassName("list");
    addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    setSizeFull();
    setSelectionMode(SelectionMode.NONE);
    setId("capsules");
    addComponentColumn(CapsuleGrid::id).setHeader("Capsule").setKey("id").setComparator(Capsule::id).setAutoWidth(true).setFlexGrow(1);
    addComponentColumn(c -> new StateLabel(c.status())).setHeader("State").setKey("state").setComparator(Capsule::status).setAutoWidth(true);
    addColumn(Capsule::template).setHeader("Template").setKey("template").setSortable(true).setAutoWidth(true);
    addComponentColumn(c -> number(Integer.toString(c.vcpus()))).setHeader("vCPU").setKey("vcpus").setComparator(Capsule::vcpus).setAutoWidth(true);
    addComponentColumn(c -> number(Words.mebibytes(c.memoryMb()))).setHeader("Memory").setKey("memory").setComparator(Capsule::memoryMb).setAutoWidth(true);
    addComponentColumn(c -> number(Words.idle(c.timeoutSec()))).setHeader("Idle time").setKey("timeout").setComparator(Capsule::timeoutSec).setAutoWidth(true);
    Column<Capsule> created = addComponentColumn(CapsuleGrid::age).setHeader("Created").setKey("created").setComparator(Capsule::createdAt).setAutoWidth(true);
    addComponentColumn(CapsuleMenu::ofRow).setHeader("").setKey("actions").setWidth("64px").setFlexGrow(0);
    setItems(rows);
    sort(com.vaadin.flow.component.grid.GridSortOrder.desc(created).build());
    addItemDoubleClickListener(e -> getUI().ifPresent(ui -> ui.navigate(CapsuleView.class, CapsuleView.to(e.getItem().id()))));
  }

  void replace(Collection<Capsule> capsules) {
    all.clear();
    capsules.forEach(c -> all.put(c.id(), c));
    rows.getItems().clear();
    rows.getItems().addAll(all.values());
    rows.refreshAll();
  }

  /** Takes in changes; an older picture of a capsule never replaces a newer one. */
  void merge(Collection<Capsule> changes) {
    boolean news = false;
    for (Capsule change : changes) {
      Capsule known = all.get(change.id());
      if (known != null && known.version() > change.version()) {
        continue;
      }
      all.put(change.id(), change);
      Collection<Capsule> items = rows.getItems();
      news |= known == null || known.status() != change.status();
      items.removeIf(c -> c.id().equals(change.id()));
      items.add(change);
      rows.refreshItem(change);
    }
    if (news) {
      rows.refreshAll();
    }
  }

  void show(String text, boolean ended) {
    String wanted = text.strip().toLowerCase(Locale.ROOT);
    rows.setFilter(c -> (ended || !c.status().ended() || c.status() == CapsuleStatus.ERROR && wanted.equals("error"))
        && (c.id() + " " + c.template() + " " + c.status()).toLowerCase(Locale.ROOT).contains(wanted));
  }

  int shown() {
    return rows.size(new com.vaadin.flow.data.provider.Query<>());
  }

  Map<CapsuleStatus, Long> counts() {
    return all.values().stream().collect(Collectors.groupingBy(Capsule::status, Collectors.counting()));
  }

  private static Component id(Capsule capsule) {
    RouterLink link = new RouterLink(capsule.id(), CapsuleView.class, CapsuleView.to(capsule.id()));
    link.addClassNames("mono", "row-link");
    return link;
  }

  private static Component age(Capsule capsule) {
    return new Age("", capsule.createdAt());
  }

  private static Span number(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    return span;
  }

  /** Rows are the same by id, whatever changed in them. */
  private static final class ById extends ListDataProvider<Capsule> {
    private static final long serialVersionUID = 1L;

    ById() {
      super(new ArrayList<>());
    }

    @Override
    public Object getId(Capsule capsule) {
      return capsule.id();
    }
  }
}
