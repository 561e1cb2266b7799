package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;

/** What the team uses: now, at most, and day by day. */
@Route(value = "metrics", layout = Frame.class)
@PageTitle("Metrics · Wrenn")
public class MetricsView extends Div {
  private static final long serialVersionUID = 1L;

  public MetricsView() {
    addClassName("page-body");
    Span line = new Span("What your team's capsules hold, and what they used");
    line.addClassName("line");
    Div head = new Div(new Div(new H1("Metrics"), line));
    head.addClassName("head");
    add(head, new TeamCharts(), new UsageTable());
  }
}
