package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.AbstractNumberField;
import com.vaadin.flow.component.textfield.TextField;

/** What dialogs have in common. */
final class Dialogs {
  private static final String KEEP = "this.addEventListener('focusout', e => e.relatedTarget?.closest('vaadin-dialog') || this.focus(), { once: true })";

  private Dialogs() {}

  /** A menu that closes gives the focus back to its button, after this field got it. */
  static void focus(TextField field) {
    field.setAutofocus(true);
    field.setAutoselect(true);
    field.getElement().executeJs(KEEP);
  }

  static void focus(AbstractNumberField<?, ?> field) {
    field.setAutofocus(true);
    field.setAutoselect(true);
    field.getElement().executeJs(KEEP);
  }

  static void busy(Div outcome, String words) {
    Div progress = new Div(new StateLabel("busy", Icon.ARC, ""), new Span(words));
    progress.addClassName("progress");
    outcome.removeAll();
    outcome.add(progress);
  }
}
