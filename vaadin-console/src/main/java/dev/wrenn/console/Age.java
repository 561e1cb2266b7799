package dev.wrenn.console;

import com.vaadin.flow.component.HasText;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasStyle;
import com.vaadin.flow.component.Tag;
import java.time.Instant;

/** How long ago something was; it grows in the browser, without asking here. */
@Tag("wrenn-age")
class Age extends Component implements HasText, HasStyle {
  private static final long serialVersionUID = 1L;

  /** @param before words in front of it */
  Age(String before, Instant at) {
    getElement().setAttribute("at", at.toString()).setAttribute("title", at.toString()).setAttribute("before", before);
    setText(before + Words.ago(at, Instant.now()));
  }
}
