package dev.wrenn.console;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.TextField;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** What to run on a new terminal, as whom and where. */
class RunDialog extends Dialog {
  private static final long serialVersionUID = 1L;

  RunDialog(BiConsumer<TerminalPanel.Order, String> run) {
    setHeaderTitle("Run on a terminal");
    TextField command = new TextField("Command");
    command.setId("run-line");
    command.setPlaceholder("/bin/bash -l");
    command.setHelperText("A line for the shell; empty: a login shell");
    TextField user = new TextField("User");
    user.setId("run-user");
    user.setPlaceholder("the capsule's default");
    TextField directory = new TextField("Directory");
    directory.setPlaceholder("the user's home");
    List.of(command, user, directory).forEach(TextField::setWidthFull);
    command.setAutofocus(true);
    Div pair = new Div(user, directory);
    pair.addClassName("pair");
    Div form = new Div(command, pair);
    form.addClassName("form");
    add(form);
    Button start = new Button("Run", e -> {
      String line = command.getValue().strip();
      List<String> args = line.isEmpty() ? List.of("-l") : List.of("-lc", line);
      String title = line.isEmpty() ? "shell" : line.split("\\s+")[0];
      run.accept(new TerminalPanel.Order("/bin/bash", args, said(user), said(directory)), user.isEmpty() ? title : title + " as " + user.getValue().strip());
      close();
    });
    start.setId("run-start");
    start.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    start.addClickShortcut(Key.ENTER);
    getFooter().add(new Button("Cancel", e -> close()), start);
  }

  private static Optional<String> said(TextField field) {
    return field.getValue().isBlank() ? Optional.empty() : Optional.of(field.getValue().strip());
  }
}
