package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;

/** A capsule at a glance: what it uses, what it is, and what making it took. */
class Overview extends Div {
  private static final long serialVersionUID = 1L;
  private final Div facts = new Div();

  Overview(Capsule capsule) {
    addClassName("stack");
    if (capsule.status() == CapsuleStatus.RUNNING || capsule.status() == CapsuleStatus.PAUSED) {
      add(new UsageCharts(capsule));
    }
    add(facts);
    update(capsule);
    if (!capsule.steps().isEmpty()) {
      boolean paused = capsule.status() == CapsuleStatus.PAUSED;
      Paragraph note = new Paragraph("Milliseconds of each step on the way into this state. Steps may run side by side.");
      note.addClassName("note");
      Div panel = new Div(new H2(paused ? "How it was paused" : "How it came to run"), note, new StepBars(capsule.steps()));
      panel.addClassName("panel");
      add(panel);
    }
  }

  void update(Capsule now) {
    facts.removeAll();
    facts.add(new CapsuleFacts(now));
  }
}
