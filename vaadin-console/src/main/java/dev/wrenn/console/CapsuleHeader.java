package dev.wrenn.console;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import java.time.Instant;

/** Which capsule this is, how it is, and what can be done with it. */
class CapsuleHeader extends Div {
  private static final long serialVersionUID = 1L;
  private final Div line = new Div();
  private final Button destroy = new Button("Destroy");
  private final Button lifetime = new Button("Lifetime…");
  private transient Capsule capsule;

  CapsuleHeader(String id, Runnable left) {
    addClassName("head");
    Span name = new Span(id);
    name.addClassName("title-id");
    NativeButton copy = Copying.button("Copy id", id);
    Div title = new Div(name, copy);
    title.addClassName("row");
    line.addClassNames("line", "row");
    lifetime.setId("lifetime");
    lifetime.setTooltipText("When it is ended whatever it does");
    lifetime.addClickListener(e -> new LifetimeDialog(capsule).open());
    destroy.setId("destroy");
    destroy.addThemeVariants(ButtonVariant.LUMO_ERROR);
    destroy.addClickListener(e -> new DestroyDialog(capsule, left).open());
    Div actions = new Div(lifetime, destroy);
    actions.addClassName("actions");
    add(new Div(title, line), actions);
  }

  void show(Capsule now) {
    capsule = now;
    line.removeAll();
    line.add(new StateLabel(now.status()), dim(now.template()), age(now.createdAt()));
    now.hostId().ifPresent(h -> line.add(dim("on " + h)));
    now.metadata().entrySet().stream().filter(e -> e.getKey().equals("hypervisor")).findFirst().ifPresent(e -> line.add(dim(e.getValue())));
    destroy.setVisible(!now.status().ended());
    lifetime.setVisible(now.status() == CapsuleStatus.RUNNING);
  }

  private static Age age(Instant created) {
    Age age = new Age("created ", created);
    age.addClassName("dim");
    return age;
  }

  private static Span dim(String text) {
    Span span = new Span(text);
    span.addClassName("dim");
    return span;
  }
}
