package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.dom.Element;
import dev.wrenn.platform.Capsule;
import java.time.Instant;
import java.util.TreeMap;

/** What a capsule is and what making it took. */
class CapsuleFacts extends Div {
  private static final long serialVersionUID = 1L;

  CapsuleFacts(Capsule capsule) {
    getStyle().set("display", "grid").set("gap", "20px");
    Facts facts = new Facts();
    facts.add("Template", capsule.template());
    facts.add("vCPUs", Integer.toString(capsule.vcpus()));
    facts.add("Memory", Words.mebibytes(capsule.memoryMb()));
    facts.add("Disk", Words.mebibytes(capsule.diskMb()));
    facts.add("Ends when idle", Words.idle(capsule.timeoutSec()));
    facts.add("Created", Words.ago(capsule.createdAt(), Instant.now()));
    capsule.startedAt().ifPresent(t -> facts.add("Running since", Words.ago(t, Instant.now())));
    capsule.lastActiveAt().ifPresent(t -> facts.add("Last active", Words.ago(t, Instant.now())));
    capsule.hostId().ifPresent(h -> facts.addMono("Host", h));
    capsule.hostIp().ifPresent(ip -> facts.addMono("Address on the host", ip));
    new TreeMap<>(capsule.metadata()).forEach((key, value) -> facts.addMono(key.replace('_', ' '), value));
    add(facts);
    if (!capsule.steps().isEmpty()) {
      add(steps(capsule));
    }
  }

  private static Div steps(Capsule capsule) {
    double longest = capsule.steps().stream().mapToDouble(Capsule.Step::millis).max().orElse(1);
    Div bars = new Div();
    bars.addClassName("steps");
    for (Capsule.Step step : capsule.steps()) {
      Element bar = new Element("div");
      bar.getClassList().add("bar");
      Element fill = new Element("i");
      fill.getStyle().set("width", Math.max(0.4, step.millis() / Math.max(longest, 0.001) * 100) + "%");
      bar.appendChild(fill);
      Div holder = new Div();
      holder.getElement().appendChild(bar);
      Span millis = new Span(Words.millis(step.millis()));
      millis.addClassNames("mono", "ms");
      bars.add(new Span(step.name()), holder, millis);
    }
    Paragraph note = new Paragraph("Milliseconds of each step of its creation. Steps may run side by side.");
    note.addClassName("note");
    Div panel = new Div(new H2("How it was made"), note, bars);
    panel.addClassName("panel");
    return panel;
  }

  /** Name and value pairs, as a definition list. */
  @com.vaadin.flow.component.Tag("dl")
  static class Facts extends com.vaadin.flow.component.Component {
    private static final long serialVersionUID = 1L;

    Facts() {
      getElement().getClassList().add("facts");
      getElement().getStyle().set("margin", "0");
    }

    void add(String name, String value) {
      put(name, value, false);
    }

    void addMono(String name, String value) {
      put(name, value, true);
    }

    private void put(String name, String value, boolean mono) {
      Element box = new Element("div");
      box.getClassList().add("fact");
      Element dd = new Element("dd").setText(value).setAttribute("title", value);
      if (mono) {
        dd.getClassList().add("mono");
      }
      box.appendChild(new Element("dt").setText(name), dd);
      getElement().appendChild(box);
    }
  }
}
