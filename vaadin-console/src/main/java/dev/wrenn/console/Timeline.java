package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.dom.Element;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleService.StateChange;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** What became of a capsule, newest first: each state, how long it was in it, why, and what the way into it took. */
class Timeline extends Polled<List<StateChange>> {
  private static final long serialVersionUID = 1L;
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("MMM d").withZone(ZoneOffset.UTC);
  private final String capsule;
  private final Element list = new Element("ol");
  private final Span empty = new Span("Nothing was recorded of this capsule.");

  Timeline(String capsule) {
    this.capsule = capsule;
    addClassName("panel");
    setId("timeline");
    list.getClassList().add("timeline");
    empty.addClassNames("dim", "gone");
    add(empty);
    getElement().appendChild(list);
  }

  @Override
  List<StateChange> fetch(Caller caller) throws Exception {
    return Platform.call(CapsuleService.class, s -> s.history(caller, capsule));
  }

  @Override
  void show(List<StateChange> history) {
    empty.setClassName("gone", !history.isEmpty());
    list.removeAllChildren();
    for (int i = history.size() - 1; i >= 0; i--) {
      StateChange change = history.get(i);
      boolean last = i == history.size() - 1;
      Instant until = last ? Instant.now() : history.get(i + 1).at();
      list.appendChild(entry(change, last && change.status().ended() ? null : Duration.between(change.at(), until), last));
    }
  }

  private static Element entry(StateChange change, Duration time, boolean last) {
    Element when = new Element("span").setText(CLOCK.format(change.at())).setAttribute("title", change.at().toString());
    when.getClassList().add("when");
    when.getClassList().add("mono");
    Div row = new Div(new StateLabel(change.status()));
    row.addClassName("row");
    if (time != null) {
      Span span = new Span(last ? "for " + Words.exact(time) + " until now" : "for " + Words.exact(time));
      span.addClassName("dim");
      row.add(span);
    }
    if (!DAY.format(change.at()).equals(DAY.format(Instant.now()))) {
      Span day = new Span(DAY.format(change.at()));
      day.addClassName("faint");
      row.add(day);
    }
    Div what = new Div(row);
    what.addClassName("what");
    change.reason().ifPresent(r -> what.add(new Span(reason(r))));
    if (!change.steps().isEmpty()) {
      what.add(new StepBars(change.steps()));
    }
    return new Element("li").appendChild(when, what.getElement());
  }

  private static String reason(Capsule.Reason reason) {
    return "At " + reason.step() + ": " + reason.message();
  }

  @Override
  Duration pause() {
    return Duration.ofSeconds(5);
  }

  @Override
  String subject() {
    return "The timeline can't be shown.";
  }
}
