package dev.wrenn.console;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.IntegerField;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleService;
import java.time.Duration;
import java.time.Instant;

/** Sets when a running capsule is ended or paused, as it wants, whatever it does. */
class LifetimeDialog extends Dialog {
  private static final long serialVersionUID = 1L;

  LifetimeDialog(Capsule capsule) {
    boolean pauses = capsule.options().onEnd() == Then.PAUSE;
    setHeaderTitle(pauses ? "Pause this capsule later" : "End this capsule later");
    setId("lifetime-dialog");
    IntegerField minutes = new IntegerField("Minutes from now");
    minutes.setMin(1);
    minutes.setMax(365 * 24 * 60);
    minutes.setValue(capsule.endAt().map(t -> (int) Math.max(1, Duration.between(Instant.now(), t).toMinutes())).orElse(60));
    minutes.setHelperText(pauses ? "It is paused then whatever it does, as it was asked for when it was made."
        : "It is ended then whatever it does, and its disk is removed.");
    minutes.setStepButtonsVisible(true);
    minutes.setWidthFull();
    Div outcome = new Div();
    Div form = new Div(minutes, outcome);
    form.addClassName("form");
    add(form);
    Button set = new Button("Set end");
    set.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    set.addClickShortcut(Key.ENTER);
    set.addClickListener(e -> {
      if (minutes.isEmpty() || minutes.isInvalid()) {
        return;
      }
      Instant end = Instant.now().plus(Duration.ofMinutes(minutes.getValue()));
      Work.run(this, caller -> Platform.call(CapsuleService.class, s -> s.endAt(caller, capsule.id(), end)), done -> {
        close();
        Notices.done((pauses ? "It pauses in " : "It ends in ") + Words.span(Duration.ofMinutes(minutes.getValue())));
      }, problem -> {
        outcome.removeAll();
        outcome.add(Notices.trouble("The end was not set.", problem.message()));
      });
    });
    getFooter().add(new Button("Cancel", e -> close()), set);
  }
}
