package dev.wrenn.console;

import com.vaadin.flow.component.contextmenu.MenuItem;
import com.vaadin.flow.component.contextmenu.SubMenu;
import com.vaadin.flow.component.menubar.MenuBar;
import com.vaadin.flow.component.menubar.MenuBarVariant;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;

/** What can be done with a capsule in the state that it is in. */
class CapsuleMenu extends MenuBar {
  private static final long serialVersionUID = 1L;

  private CapsuleMenu(Capsule capsule, String word, boolean row) {
    String id = capsule.id();
    MenuItem more = addItem(word);
    more.setAriaLabel("Actions for " + id);
    SubMenu menu = more.getSubMenu();
    if (row && capsule.status() == CapsuleStatus.RUNNING) {
      menu.addItem("Pause", e -> Pausing.pause(id));
    }
    if (row && capsule.status() == CapsuleStatus.PAUSED) {
      menu.addItem("Resume", e -> Pausing.resume(id));
    }
    if (savable(capsule.status())) {
      menu.addItem("Save as template…", e -> new SaveTemplateDialog(id).open());
    }
    if (capsule.status() == CapsuleStatus.RUNNING) {
      menu.addItem("Fork…", e -> new ForkDialog(id).open());
      menu.addItem("Lifetime…", e -> new LifetimeDialog(capsule).open());
    }
    if (row) {
      menu.addItem("Destroy…", e -> new DestroyDialog(capsule, () -> { }).open());
    }
  }

  /** Beside the buttons of the capsule's own page. */
  static CapsuleMenu ofPage(Capsule capsule) {
    CapsuleMenu menu = new CapsuleMenu(capsule, "More ▾", false);
    menu.setId("more");
    menu.setVisible(savable(capsule.status()));
    return menu;
  }

  /** In a row of the list: everything. */
  static CapsuleMenu ofRow(Capsule capsule) {
    CapsuleMenu menu = new CapsuleMenu(capsule, "⋯", true);
    menu.addThemeVariants(MenuBarVariant.LUMO_ICON, MenuBarVariant.LUMO_SMALL, MenuBarVariant.LUMO_TERTIARY_INLINE);
    menu.setVisible(!capsule.status().ended());
    return menu;
  }

  private static boolean savable(CapsuleStatus status) {
    return status == CapsuleStatus.RUNNING || status == CapsuleStatus.PAUSED;
  }
}
