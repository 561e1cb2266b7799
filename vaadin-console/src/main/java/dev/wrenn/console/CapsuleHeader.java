package dev.wrenn.console;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import java.time.Instant;

/** Which capsule this is, how it is, and what can be done with it. */
class CapsuleHeader extends Div {
  private static final long serialVersionUID = 1L;
  private transient Capsule capsule;
  private final Div line = new Div();
  private final Button destroy = new Button("Destroy");
  private final Button pause = new Button("Pause", e -> Pausing.pause(capsule.id()));
  private final Button resume = new Button("Resume", e -> Pausing.resume(capsule.id()));
  private final Div more = new Div();

  CapsuleHeader(String id, Runnable left) {
    addClassName("head");
    Span name = new Span(id);
    name.addClassName("title-id");
    NativeButton copy = Copying.button("Copy id", id);
    Div title = new Div(name, copy);
    title.addClassName("row");
    line.addClassNames("line", "row");
    pause.setId("pause");
    pause.setTooltipText("Save its memory and disk; it goes on from there when it is resumed");
    resume.setId("resume");
    resume.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    destroy.setId("destroy");
    destroy.addThemeVariants(ButtonVariant.LUMO_ERROR);
    destroy.addClickListener(e -> new DestroyDialog(capsule, left).open());
    Div actions = new Div(pause, resume, more, destroy);
    actions.addClassName("actions");
    add(new Div(title, line), actions);
  }

  void show(Capsule now) {
    // A menu that is open stays open while nothing changes for it.
    if (capsule == null || capsule.status() != now.status() || !capsule.endAt().equals(now.endAt())) {
      more.removeAll();
      more.add(CapsuleMenu.ofPage(now));
    }
    capsule = now;
    line.removeAll();
    line.add(new StateLabel(now.status()));
    if (now.status() == CapsuleStatus.PAUSED) {
      tellSince();
    }
    line.add(dim(now.template()), age("created ", now.createdAt()));
    now.hostId().ifPresent(h -> line.add(dim("on " + h)));
    now.metadata().entrySet().stream().filter(e -> e.getKey().equals("hypervisor")).findFirst().ifPresent(e -> line.add(dim(e.getValue())));
    destroy.setVisible(!now.status().ended());
    pause.setVisible(now.status() == CapsuleStatus.RUNNING);
    resume.setVisible(now.status() == CapsuleStatus.PAUSED);
  }

  private void tellSince() {
    Span since = new Span();
    line.add(since);
    Work.run(since, caller -> Platform.call(CapsuleService.class, s -> s.history(caller, capsule.id())), history -> history.stream()
        .filter(c -> c.status() == CapsuleStatus.PAUSED).reduce((earlier, later) -> later).ifPresent(c -> since.add(age("", c.at()))),
        problem -> since.add(dim("since when is not known: " + problem.message())));
  }

  private static Age age(String before, Instant at) {
    Age age = new Age(before, at);
    age.addClassName("dim");
    return age;
  }

  private static Span dim(String text) {
    Span span = new Span(text);
    span.addClassName("dim");
    return span;
  }
}
