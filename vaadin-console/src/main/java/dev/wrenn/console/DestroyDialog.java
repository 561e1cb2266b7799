package dev.wrenn.console;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.PlatformException;

/** Asks before a capsule is ended for good. */
class DestroyDialog extends ConfirmDialog {
  private static final long serialVersionUID = 1L;

  DestroyDialog(Capsule capsule, Runnable done) {
    setId("destroy-dialog");
    setHeader("Destroy " + capsule.id().substring(0, Math.min(12, capsule.id().length())) + "…?");
    setText("Its processes end now and its disk is removed. This can't be undone.");
    setCancelable(true);
    setConfirmText("Destroy capsule");
    setConfirmButtonTheme("error primary");
    addConfirmListener(e -> destroy(capsule.id(), UI.getCurrent(), done));
  }

  private static void destroy(String id, UI ui, Runnable done) {
    try {
      String token = Visitor.token();
      Thread.ofVirtual().name("console-destroy").start(() -> {
        try {
          Platform.call(CapsuleService.class, s -> {
            s.destroy(Visitor.caller(token), id);
            return null;
          });
          ui.access(() -> {
            Notices.done("Destroyed " + id);
            done.run();
          });
        } catch (PlatformException refused) {
          ui.access(() -> Notices.failed("The capsule was not destroyed", refused));
        }
      });
    } catch (PlatformException refused) {
      Notices.failed("The capsule was not destroyed", refused);
    }
  }
}
