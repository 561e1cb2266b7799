package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.dom.Element;
import dev.wrenn.platform.Capsule;
import java.util.List;

/** What each step took, as bars against the longest. */
class StepBars extends Div {
  private static final long serialVersionUID = 1L;

  StepBars(List<Capsule.Step> steps) {
    double longest = steps.stream().mapToDouble(Capsule.Step::millis).max().orElse(1);
    addClassName("steps");
    for (Capsule.Step step : steps) {
      Element bar = new Element("div");
      bar.getClassList().add("bar");
      Element fill = new Element("i");
      fill.getStyle().set("width", Math.max(0.4, step.millis() / Math.max(longest, 0.001) * 100) + "%");
      bar.appendChild(fill);
      Div holder = new Div();
      holder.getElement().appendChild(bar);
      Span millis = new Span(Words.millis(step.millis()));
      millis.addClassNames("mono", "ms");
      add(new Span(step.name()), holder, millis);
    }
  }
}
