package dev.wrenn.console;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import dev.wrenn.platform.ApiKeyService.NewApiKey;

/** Shows the secret of a new key, this once. */
class NewKeyDialog extends Dialog {
  private static final long serialVersionUID = 1L;

  NewKeyDialog(NewApiKey made, String base) {
    setHeaderTitle("Key \"" + made.key().name() + "\" is made");
    setId("new-key-dialog");
    // A click beside the dialog must not lose what is never shown again.
    setCloseOnOutsideClick(false);
    String digits = made.secret().substring(made.secret().indexOf('_') + 1);
    Paragraph once = new Paragraph("Copy it now: it is stored nowhere and not shown again. Both forms are the same key.");
    once.addClassName("dim");
    Div form = new Div(once,
        Copying.box("For Wrenn clients", "wrn_" + digits),
        Copying.box("For clients of E2B's API", "e2b_" + digits),
        Copying.box("Environment of your program", environment(base, digits)));
    form.addClassNames("form", "wide");
    add(form);
    Button done = new Button("I have copied it", e -> close());
    done.setId("key-copied");
    done.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    getFooter().add(done);
  }

  private static String environment(String base, String digits) {
    return "export WRENN_BASE_URL=" + base + "\nexport WRENN_API_KEY=wrn_" + digits
        + "\nexport E2B_API_URL=" + base + "\nexport E2B_SANDBOX_URL=" + base + "\nexport E2B_API_KEY=e2b_" + digits;
  }
}
