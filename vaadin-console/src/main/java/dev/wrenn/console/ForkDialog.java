package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.router.RouterLink;
import com.vaadin.flow.shared.Registration;
import dev.wrenn.platform.CapsuleService;
import java.util.List;

/** Makes copies of a running capsule, and shows what came of each. */
class ForkDialog extends Dialog {
  private static final long serialVersionUID = 1L;
  private static final int MOST = 100;
  private final IntegerField count = new IntegerField("Copies");
  private final Div form = new Div();
  private final Div outcome = new Div();
  private final Button cancel = new Button("Cancel", e -> close());
  private final Button fork = new Button("Fork", e -> fork());
  private final String capsule;
  private transient Registration navigation;

  ForkDialog(String capsule) {
    this.capsule = capsule;
    setHeaderTitle("Fork this capsule");
    setId("fork-dialog");
    Paragraph what = new Paragraph("Each copy is a capsule of its own that begins where this one is now, with its files and what runs in it. This one goes on.");
    what.addClassName("dim");
    count.setMin(1);
    count.setMax(MOST);
    count.setValue(1);
    count.setStepButtonsVisible(true);
    count.setWidthFull();
    Dialogs.focus(count);
    form.addClassName("form");
    form.add(what, count, outcome);
    add(form);
    fork.setId("fork");
    fork.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    fork.addClickShortcut(Key.ENTER);
    getFooter().add(cancel, fork);
  }

  /** A link to a copy leads to another page, where this dialog has nothing to do. */
  @Override
  protected void onAttach(AttachEvent event) {
    super.onAttach(event);
    navigation = event.getUI().addAfterNavigationListener(e -> close());
  }

  @Override
  protected void onDetach(DetachEvent event) {
    navigation.remove();
    super.onDetach(event);
  }

  private void fork() {
    if (count.isEmpty() || count.isInvalid()) {
      return;
    }
    int wanted = count.getValue();
    Dialogs.busy(outcome, wanted == 1 ? "Copying its memory and disk…" : "Making " + wanted + " copies…");
    fork.setEnabled(false);
    Work.run(UI.getCurrent(), caller -> Platform.call(CapsuleService.class, s -> s.fork(caller, capsule, wanted)), this::show, problem -> {
      if (!isOpened()) {
        Notices.failed("No copy was made", problem);
        return;
      }
      fork.setEnabled(true);
      outcome.removeAll();
      outcome.add(Notices.trouble("No copy was made.", problem.message()));
    });
  }

  private void show(List<CapsuleService.Copy> copies) {
    long made = copies.stream().filter(c -> c.capsule().isPresent()).count();
    if (!isOpened()) {
      Notices.tell(Words.count(made, "copy", "copies") + " of " + copies.size() + " made from " + capsule);
      return;
    }
    form.removeAll();
    Div list = new Div();
    list.addClassName("copies");
    copies.forEach(copy -> {
      copy.capsule().ifPresent(c -> {
        RouterLink link = new RouterLink(c.id(), CapsuleView.class, CapsuleView.to(c.id()));
        link.addClassNames("mono", "row-link");
        Div row = new Div(link, new StateLabel(c.status()));
        row.addClassName("copy");
        list.add(row);
      });
      copy.failure().ifPresent(f -> list.add(Notices.trouble("A copy failed.", f.getMessage())));
    });
    form.add(new Span(made == copies.size() ? Words.count(made, "copy runs.", "copies run.") : made + " of " + copies.size() + " copies run."), list);
    fork.setVisible(false);
    cancel.setText("Close");
  }
}
