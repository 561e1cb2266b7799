package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.IntegerField;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Asks for a new capsule, makes it, and leads to it. What was typed stays when it fails. */
class CreateDialog extends Dialog {
  private static final long serialVersionUID = 1L;
  private static final int VCPUS = 1;
  private static final int MEMORY = 512;
  private final ComboBox<Template> template = new ComboBox<>("Template");
  private final IntegerField vcpus = whole("vCPUs", VCPUS, 1, 32);
  private final IntegerField memory = whole("Memory in MiB", MEMORY, 128, 65_536);
  private final IntegerField timeout = whole("Idle time in seconds", 0, 0, Integer.MAX_VALUE);
  private final ComboBox<Then> onIdle = then("When it has been idle", Then.PAUSE);
  private final IntegerField lifetime = whole("Lifetime in seconds", 0, 0, Integer.MAX_VALUE);
  private final ComboBox<Then> onEnd = then("When its lifetime is over", Then.END);
  private final Checkbox wake = new Checkbox("Its next use while it is paused resumes it");
  private final Div outcome = new Div();
  private final Button create = new Button("Create capsule", e -> create());
  private String key = UUID.randomUUID().toString();

  /** @param wanted name of the template that is chosen already */
  CreateDialog(Optional<String> wanted) {
    setHeaderTitle("Create a capsule");
    setId("create-dialog");
    template.setItemLabelGenerator(t -> t.platform() ? t.name() : t.name() + " (saved by your team)");
    template.addValueChangeListener(e -> fit(e.getValue()));
    template.setWidthFull();
    offer(wanted.orElse("minimal"));
    timeout.setHelperText("0: never");
    lifetime.setHelperText("0: no end");
    onIdle.setId("on-idle");
    onEnd.setId("on-end");
    wake.setId("wake");
    memory.setStep(128);
    Div form = new Div(template, pair(vcpus, memory), pair(timeout, onIdle), pair(lifetime, onEnd), wake, outcome);
    form.addClassName("form");
    add(form);
    create.setId("create");
    create.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    create.addClickShortcut(com.vaadin.flow.component.Key.ENTER);
    getFooter().add(new Button("Cancel", e -> close()), create);
  }

  private void create() {
    if (vcpus.isInvalid() || memory.isInvalid() || timeout.isInvalid() || lifetime.isInvalid() || template.isEmpty() || onIdle.isEmpty()
        || onEnd.isEmpty()) {
      return;
    }
    CapsuleService.NewCapsule request = new CapsuleService.NewCapsule(Optional.of(template.getValue().name()),
        Optional.ofNullable(vcpus.getValue()), Optional.ofNullable(memory.getValue()), Optional.ofNullable(timeout.getValue()), Optional.empty(),
        Optional.ofNullable(lifetime.getValue()).filter(seconds -> seconds > 0).map(Duration::ofSeconds),
        CapsuleOptions.DEFAULT.over(onEnd.getValue(), onIdle.getValue(), wake.getValue()));
    Dialogs.busy(outcome, "Starting it…");
    create.setEnabled(false);
    UI ui = UI.getCurrent();
    String attempt = key;
    try {
      String token = Visitor.token();
      Thread.ofVirtual().name("console-create").start(() -> make(ui, token, request, attempt));
    } catch (PlatformException refused) {
      failed(refused);
    }
  }

  private void make(UI ui, String token, CapsuleService.NewCapsule request, String attempt) {
    try {
      Capsule made = Platform.call(CapsuleService.class, s -> s.create(Visitor.caller(token), request, Optional.of(attempt)));
      ui.access(() -> {
        close();
        ui.navigate(CapsuleView.class, CapsuleView.to(made.id()));
      });
    } catch (PlatformException refused) {
      ui.access(() -> failed(refused));
    }
  }

  private void failed(PlatformException error) {
    // Another try is another wish: it must not be answered with the failure of this one.
    key = UUID.randomUUID().toString();
    create.setEnabled(true);
    outcome.removeAll();
    outcome.add(Notices.trouble("It was not made.", error.getMessage()));
  }

  private void offer(String wanted) {
    try {
      List<Template> all = Platform.call(CapsuleService.class, s -> s.templates(Visitor.caller()));
      template.setItems(all);
      all.stream().filter(t -> t.name().equals(wanted)).findFirst().ifPresent(template::setValue);
    } catch (PlatformException unknown) {
      create.setEnabled(false);
      outcome.add(Notices.trouble("Templates can't be listed.", unknown.getMessage()));
    }
  }

  /** A saved capsule is restored as large as it was. */
  private void fit(Template chosen) {
    boolean fixed = chosen != null && chosen.vcpus().isPresent();
    if (fixed) {
      vcpus.setValue(chosen.vcpus().get());
      chosen.memoryMb().ifPresent(memory::setValue);
    } else if (vcpus.isReadOnly()) {
      vcpus.setValue(VCPUS);
      memory.setValue(MEMORY);
    }
    vcpus.setReadOnly(fixed);
    memory.setReadOnly(fixed);
    template.setHelperText(fixed ? "It begins where the saved capsule was; the template fixes vCPUs and memory." : "");
  }

  private static Div pair(Component first, Component second) {
    Div pair = new Div(first, second);
    pair.addClassName("pair");
    return pair;
  }

  private static ComboBox<Then> then(String label, Then usual) {
    ComboBox<Then> select = new ComboBox<>(label);
    select.setRequired(true);
    select.setItems(Then.values());
    select.setItemLabelGenerator(then -> then == Then.PAUSE ? "it is paused" : "it is ended");
    select.setValue(usual);
    select.setWidthFull();
    return select;
  }

  private static IntegerField whole(String label, int value, int min, int max) {
    IntegerField field = new IntegerField(label);
    field.setValue(value);
    field.setMin(min);
    field.setMax(max);
    field.setStepButtonsVisible(max <= 65_536);
    field.setWidthFull();
    return field;
  }
}
