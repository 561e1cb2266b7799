package dev.wrenn.console;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import java.util.Locale;

/** In the place of a page that needs a running guest. */
class NotRunning extends Div {
  private static final long serialVersionUID = 1L;

  NotRunning(Capsule capsule, String page) {
    addClassName("empty");
    CapsuleStatus status = capsule.status();
    add(new H2("This capsule is " + (status.ended() ? "no longer there" : status == CapsuleStatus.PAUSED ? "paused" : status.name().toLowerCase(Locale.ROOT))));
    add(new Paragraph(switch (status) {
      case PAUSED -> "Its memory and disk are saved. " + page + " come back with it, as they were."
          + (capsule.options().wake() ? " Its next use through the API or one of its ports resumes it; looking at it here does not." : "");
      case PENDING, STARTING, PAUSING, RESUMING -> page + " need a running capsule. This takes a moment; the page follows by itself.";
      case MISSING -> page + " need a running capsule; its host does not answer for it now. Timeline says since when.";
      default -> page + " need a running capsule. Timeline says what became of this one.";
    }));
    if (status == CapsuleStatus.PAUSED) {
      Button resume = new Button("Resume", e -> Pausing.resume(capsule.id()));
      resume.addClassName("resume");
      resume.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
      add(resume);
    }
  }
}
