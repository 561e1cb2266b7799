package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.dependency.StyleSheet;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** One unit over time, drawn in the browser. Charts with the same sync name share their cursor. */
@Tag("wrenn-chart")
@StyleSheet("context://vendor/uplot.css")
@JavaScript("context://vendor/uplot.js")
@JavaScript("context://wrenn-chart.js")
class Chart extends Component {
  private static final long serialVersionUID = 1L;
  private final String title;
  private final Unit unit;
  private final String sync;
  private final transient List<Line> lines;
  private OptionalDouble max = OptionalDouble.empty();

  enum Unit { PERCENT, BYTES, RATE, MEBIBYTES, COUNT }

  /** @param colour name of a colour token */
  record Line(String name, String colour) {}

  Chart(String title, Unit unit, String sync, Line... lines) {
    this.title = title;
    this.unit = unit;
    this.sync = sync;
    this.lines = List.of(lines);
    getElement().setAttribute("role", "figure").setAttribute("aria-label", title);
  }

  /** The upper end of the axis; without one it fits the values. */
  void max(OptionalDouble top) {
    if (!max.equals(top)) {
      max = top;
      if (isAttached()) {
        configure(Duration.ZERO);
      }
    }
  }

  void show(Duration range, Points points) {
    getElement().executeJs("this.show(JSON.parse($0), $1)", points.json(), (double) range.toSeconds());
  }

  @Override
  protected void onAttach(com.vaadin.flow.component.AttachEvent event) {
    configure(Duration.ofMinutes(10));
  }

  private void configure(Duration range) {
    String series = lines.stream().map(l -> "{\"name\":\"" + l.name() + "\",\"colour\":\"" + l.colour() + "\"}").collect(Collectors.joining(","));
    String spec = String.format(Locale.ROOT, "{\"title\":\"%s\",\"unit\":\"%s\",\"sync\":\"%s\",\"range\":%d,\"series\":[%s]%s}", title,
        unit.name().toLowerCase(Locale.ROOT), sync, range.toSeconds(), series,
        max.isPresent() ? ",\"max\":" + max.getAsDouble() : "");
    getElement().executeJs("this.configure(JSON.parse($0))", spec);
  }
}
