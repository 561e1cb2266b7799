package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.platform.MetricsService;
import dev.wrenn.platform.MetricsService.UsageDay;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What was used, day by day in UTC. */
class UsageTable extends Div {
  private static final long serialVersionUID = 1L;
  private final Grid<UsageDay> grid = new Grid<>();
  private final Span total = new Span();
  private final Div trouble = new Div();
  private final Segments spans = new Segments("Days", List.of("7 days", "30 days", "90 days"), "30 days", word -> load());

  UsageTable() {
    addClassName("stack");
    setId("usage-table");
    total.addClassName("dim");
    Div bar = new Div(new H2("Usage by day"), spans, total);
    bar.addClassNames("bar", "section-head");
    grid.addClassName("list");
    grid.setAllRowsVisible(true);
    grid.setSelectionMode(Grid.SelectionMode.NONE);
    grid.addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    grid.addComponentColumn(d -> mono(d.day().toString())).setHeader("Day (UTC)").setKey("day").setComparator(UsageDay::day);
    grid.addComponentColumn(d -> mono(number(d.cpuMinutes()))).setHeader("vCPU minutes").setKey("cpu").setComparator(UsageDay::cpuMinutes);
    grid.addComponentColumn(d -> mono(number(d.memoryMbMinutes() / 1024))).setHeader("GiB minutes of memory").setKey("memory").setComparator(UsageDay::memoryMbMinutes);
    add(bar, trouble, grid);
  }

  @Override
  protected void onAttach(AttachEvent event) {
    load();
  }

  private void load() {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    int days = Integer.parseInt(spans.chosen().replaceAll("\\D", ""));
    Work.run(this, caller -> Platform.call(MetricsService.class, s -> s.usage(caller, today.minusDays(days - 1L), today)), this::show, problem -> {
      trouble.removeAll();
      trouble.add(Notices.trouble("Usage can't be shown.", problem.message()));
    });
  }

  private void show(List<UsageDay> days) {
    trouble.removeAll();
    List<UsageDay> used = days.stream().filter(d -> d.cpuMinutes() > 0 || d.memoryMbMinutes() > 0).sorted(Comparator.comparing(UsageDay::day).reversed()).toList();
    total.setText(used.isEmpty() ? "Nothing was used in these days." : number(used.stream().mapToDouble(UsageDay::cpuMinutes).sum()) + " vCPU minutes, "
        + number(used.stream().mapToDouble(UsageDay::memoryMbMinutes).sum() / 1024) + " GiB minutes in all");
    grid.setClassName("gone", used.isEmpty());
    grid.setItems(used);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%,.1f" : "%,.0f", value);
  }

  private static Span mono(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    return span;
  }
}
