package dev.wrenn.console;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.TextField;
import dev.wrenn.platform.CapsuleService;
import java.util.Optional;

/** Saves a capsule as a template of the team. What was typed stays when that fails. */
class SaveTemplateDialog extends Dialog {
  private static final long serialVersionUID = 1L;
  private final TextField name = new TextField("Name");
  private final Checkbox overwrite = new Checkbox("Replace the template of this name, if there is one");
  private final Div outcome = new Div();
  private final Button save = new Button("Save template", e -> save());
  private final String capsule;

  SaveTemplateDialog(String capsule) {
    this.capsule = capsule;
    setHeaderTitle("Save as template");
    setId("template-dialog");
    Paragraph what = new Paragraph("Capsules made from it begin where this one is now: with its files, and with what runs in it. It goes on afterwards.");
    what.addClassName("dim");
    name.setHelperText("Letters, digits, dots, underscores, hyphens. Left empty, one is made up.");
    name.setAllowedCharPattern("[a-zA-Z0-9._-]");
    name.setMaxLength(64);
    name.setWidthFull();
    Dialogs.focus(name);
    Div form = new Div(what, name, overwrite, outcome);
    form.addClassName("form");
    add(form);
    save.setId("save-template");
    save.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    save.addClickShortcut(Key.ENTER);
    getFooter().add(new Button("Cancel", e -> close()), save);
  }

  private void save() {
    Optional<String> wanted = name.isEmpty() ? Optional.empty() : Optional.of(name.getValue());
    boolean replace = overwrite.getValue();
    Dialogs.busy(outcome, "Saving its memory and disk…");
    save.setEnabled(false);
    UI ui = UI.getCurrent();
    Work.run(ui, caller -> Platform.call(CapsuleService.class, s -> s.snapshot(caller, capsule, wanted, replace)), made -> {
      close();
      Notices.done("Saved template " + made.name());
    }, problem -> {
      if (!isOpened()) {
        Notices.failed("The template was not saved", problem);
        return;
      }
      save.setEnabled(true);
      outcome.removeAll();
      outcome.add(Notices.trouble("It was not saved.", problem.message()));
    });
  }
}
