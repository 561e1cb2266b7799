package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;

/** Things to copy. The text goes to the clipboard in the browser, without a way over the server. */
final class Copying {
  private Copying() {}

  static NativeButton button(String label, String text) {
    NativeButton button = new NativeButton(label);
    button.addClassName("link");
    button.getElement().setAttribute("type", "button");
    button.getElement().executeJs("this.addEventListener('click', () => window.wrenn.copy($0, this))", text);
    return button;
  }

  /** A labelled text in its own box with a button beside it. */
  static Div box(String label, String text) {
    Span name = new Span(label);
    name.addClassName("label");
    Pre code = new Pre(text);
    code.addClassName("code");
    NativeButton button = button("Copy", text);
    button.setAriaLabel("Copy: " + label);
    Div value = new Div(code, button);
    value.addClassName("value");
    Div box = new Div(name, value);
    box.addClassName("secret");
    return box;
  }
}
