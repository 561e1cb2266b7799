package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One of a few choices, all of them in sight. */
class Segments extends Div {
  private static final long serialVersionUID = 1L;
  private final Map<String, NativeButton> buttons = new LinkedHashMap<>();
  private String chosen;

  Segments(String label, List<String> choices, String first, Consumer<String> listener) {
    addClassName("segments");
    getElement().setAttribute("role", "group").setAttribute("aria-label", label);
    for (String choice : choices) {
      NativeButton button = new NativeButton(choice, e -> {
        choose(choice);
        listener.accept(choice);
      });
      button.getElement().setAttribute("type", "button");
      buttons.put(choice, button);
      add(button);
    }
    choose(first);
  }

  String chosen() {
    return chosen;
  }

  void choose(String choice) {
    chosen = choice;
    buttons.forEach((name, button) -> button.getElement().setAttribute("aria-pressed", Boolean.toString(name.equals(choice))));
  }
}
