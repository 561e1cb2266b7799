package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.contextmenu.MenuItem;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridSortOrder;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.menubar.MenuBar;
import com.vaadin.flow.component.menubar.MenuBarVariant;
import dev.wrenn.files.FileEntry;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What a directory holds. The browser gets the rows that it shows, however many there are. */
class FileGrid extends Grid<FileEntry> {
  private static final long serialVersionUID = 1L;

  /** What can be done with an entry. */
  interface Actions {
    void open(FileEntry entry);

    void download(FileEntry entry);

    void rename(FileEntry entry);

    void remove(FileEntry entry);
  }

  FileGrid(Actions actions) {
    addClassName("list");
    setId("files");
    addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    setSizeFull();
    setSelectionMode(SelectionMode.NONE);
    Column<FileEntry> name = addComponentColumn(e -> name(e, actions)).setHeader("Name").setKey("name").setFlexGrow(1).setWidth("220px")
        .setComparator(Comparator.comparing((FileEntry e) -> e.type() != FileEntry.Type.DIRECTORY).thenComparing(FileEntry::name, String.CASE_INSENSITIVE_ORDER));
    addComponentColumn(e -> mono(e.type() == FileEntry.Type.FILE ? Words.bytes(e.size()) : "")).setHeader("Size").setKey("size")
        .setComparator(FileEntry::size).setWidth("96px").setFlexGrow(0);
    addComponentColumn(FileGrid::time).setHeader("Changed").setKey("time").setComparator(FileEntry::modifiedAt).setWidth("120px").setFlexGrow(0);
    addComponentColumn(e -> mono(e.permissions())).setHeader("Mode").setKey("mode").setComparator(FileEntry::mode).setWidth("116px").setFlexGrow(0);
    addComponentColumn(e -> mono(e.owner() + ":" + e.group())).setHeader("Owner").setKey("owner").setComparator(FileEntry::owner).setWidth("110px").setFlexGrow(0);
    addComponentColumn(e -> menu(e, actions)).setHeader("").setKey("actions").setWidth("64px").setFlexGrow(0);
    sort(GridSortOrder.asc(name).build());
  }

  /** Beside an open file there is room for the names only. */
  void narrow(boolean narrow) {
    for (String key : List.of("mode", "owner", "time")) {
      getColumnByKey(key).setVisible(!narrow);
    }
  }

  private static Component name(FileEntry entry, Actions actions) {
    NativeButton open = new NativeButton(entry.name(), e -> actions.open(entry));
    open.setTitle(entry.path());
    Span box = new Span(icon(entry).draw(), open);
    box.addClassNames("file-name", entry.type().name().toLowerCase(Locale.ROOT));
    entry.linkTarget().ifPresent(target -> box.add(word("→ " + target)));
    if (entry.type() == FileEntry.Type.SYMLINK) {
      box.add(tag("broken link"));
    } else if (entry.type() == FileEntry.Type.OTHER) {
      box.add(tag(special(entry)));
    }
    return box;
  }

  static String special(FileEntry entry) {
    return switch (entry.permissions().isEmpty() ? '?' : Character.toLowerCase(entry.permissions().charAt(0))) {
      case 'p' -> "pipe";
      case 's' -> "socket";
      case 'c', 'b', 'd' -> "device";
      default -> "special file";
    };
  }

  private static Icon icon(FileEntry entry) {
    if (entry.linkTarget().isPresent() || entry.type() == FileEntry.Type.SYMLINK) {
      return Icon.LINK;
    }
    return switch (entry.type()) {
      case DIRECTORY -> Icon.FOLDER;
      case FILE -> Icon.DOCS;
      default -> Icon.CHIP;
    };
  }

  private static Component menu(FileEntry entry, Actions actions) {
    MenuBar menu = new MenuBar();
    menu.addThemeVariants(MenuBarVariant.LUMO_ICON, MenuBarVariant.LUMO_SMALL, MenuBarVariant.LUMO_TERTIARY_INLINE);
    MenuItem more = menu.addItem("⋯");
    more.setAriaLabel("Actions for " + entry.name());
    if (entry.type() == FileEntry.Type.FILE) {
      more.getSubMenu().addItem("Download", e -> actions.download(entry));
    }
    more.getSubMenu().addItem("Rename or move…", e -> actions.rename(entry));
    more.getSubMenu().addItem("Delete…", e -> actions.remove(entry));
    return menu;
  }

  private static Component time(FileEntry entry) {
    return new Age("", entry.modifiedAt());
  }

  private static Span mono(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    return span;
  }

  private static Span word(String text) {
    Span span = new Span(text);
    span.addClassName("target");
    span.setTitle(text);
    return span;
  }

  private static Span tag(String text) {
    Span span = new Span(text);
    span.addClassName("tag");
    return span;
  }
}
