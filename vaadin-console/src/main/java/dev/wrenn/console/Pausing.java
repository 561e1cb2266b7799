package dev.wrenn.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import dev.wrenn.platform.CapsuleService;

/** Pauses and resumes. Both may take seconds; the outcome is told on whatever page the visitor is then. */
final class Pausing {
  private Pausing() {}

  static void pause(String id) {
    Work.run(UI.getCurrent(), caller -> Platform.call(CapsuleService.class, s -> s.pause(caller, id)),
        paused -> Notices.done("Paused " + id), problem -> Notices.failed("The capsule was not paused", problem));
  }

  static void resume(String id) {
    Work.run(UI.getCurrent(), caller -> Platform.call(CapsuleService.class, s -> s.resume(caller, id, false)),
        resumed -> Notices.done("Resumed " + id), problem -> askCold(id, problem));
  }

  /** Its disk alone may still be good when its memory is not. */
  private static void askCold(String id, Problem problem) {
    ConfirmDialog ask = new ConfirmDialog();
    ask.setId("cold-dialog");
    ask.setHeader("It could not be resumed");
    String why = problem.message().endsWith(".") ? problem.message() : problem.message() + ".";
    ask.setText(why + " It stays paused. It can also boot from its disk, without its memory: files stay, what ran in it is lost.");
    ask.setCancelable(true);
    ask.setCancelText("Leave it paused");
    ask.setRejectable(true);
    ask.setRejectText("Try again");
    ask.setRejectButtonTheme("tertiary");
    ask.addRejectListener(e -> resume(id));
    ask.setConfirmText("Boot from disk");
    ask.addConfirmListener(e -> cold(id));
    ask.open();
  }

  private static void cold(String id) {
    Work.run(UI.getCurrent(), caller -> Platform.call(CapsuleService.class, s -> s.resume(caller, id, true)),
        booted -> Notices.done("Booted " + id + " from its disk"), problem -> Notices.failed("The capsule did not boot from its disk", problem));
  }
}
