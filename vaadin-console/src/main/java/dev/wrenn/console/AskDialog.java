package dev.wrenn.console;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.TextField;
import java.util.function.Consumer;

/** Asks for one line of text and does something with it. What was typed stays when that fails. */
class AskDialog extends Dialog {
  private static final long serialVersionUID = 1L;

  @FunctionalInterface
  interface Deed<R> {
    R with(dev.wrenn.platform.Caller caller, String text) throws Exception;
  }

  private final TextField field;
  private final Div outcome = new Div();

  <R> AskDialog(String title, String label, String value, String confirm, Deed<R> deed, Consumer<R> done) {
    setHeaderTitle(title);
    setId("ask-dialog");
    field = new TextField(label);
    field.setValue(value);
    field.setWidthFull();
    Dialogs.focus(field);
    Button button = new Button(confirm);
    button.setId("ask-confirm");
    button.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    button.addClickShortcut(Key.ENTER);
    button.setDisableOnClick(true);
    button.addClickListener(e -> Work.run(this, caller -> deed.with(caller, field.getValue()), result -> {
      close();
      done.accept(result);
    }, problem -> {
      button.setEnabled(true);
      outcome.removeAll();
      outcome.add(Notices.trouble("That did not work.", problem.message()));
    }));
    Div form = new Div(field, outcome);
    form.addClassName("form");
    add(form);
    getFooter().add(new Button("Cancel", e -> close()), button);
  }

  AskDialog helping(String helper) {
    field.setHelperText(helper);
    return this;
  }
}
