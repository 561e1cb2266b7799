package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.upload.Upload;
import com.vaadin.flow.component.upload.UploadFormat;
import com.vaadin.flow.server.streams.DownloadHandler;
import dev.wrenn.files.FileEntry;
import java.util.List;
import java.util.function.Consumer;

/** The files of a capsule: where one is, what is there, and one of them beside it. */
class FilesPanel extends Div implements FileGrid.Actions {
  private static final long serialVersionUID = 1L;
  private final String capsule;
  private final Consumer<String> located;
  private final Div crumbs = new Div();
  private final Span count = new Span();
  private final Div trouble = new Div();
  private final Div place = new Div();
  private final FileGrid grid = new FileGrid(this);
  private final FilePane pane;
  private final Anchor source;
  private final transient Transfers transfers;
  private final String token;
  private transient DirectoryWatch watch;
  private transient List<FileEntry> shown;
  private String directory;
  private String wanted;

  /** @param located is told each directory that is shown */
  FilesPanel(String capsule, String token, String directory, Consumer<String> located) {
    this.capsule = capsule;
    this.token = token;
    this.located = located;
    this.directory = directory;
    this.wanted = directory;
    this.transfers = new Transfers(capsule, token);
    addClassName("fill");
    crumbs.addClassName("crumbs");
    crumbs.getElement().setAttribute("role", "navigation").setAttribute("aria-label", "Path");
    count.addClassName("faint");
    Button folder = new Button("New folder", e -> makeDirectory());
    folder.setId("new-folder");
    Button again = new Button("Refresh", e -> go(this.directory));
    again.setTooltipText("Read the directory anew");
    folder.addThemeVariants(ButtonVariant.LUMO_SMALL);
    again.addThemeVariants(ButtonVariant.LUMO_SMALL);
    Div end = new Div(count, folder, again);
    end.addClassName("end");
    Div bar = new Div(crumbs, end);
    bar.addClassName("bar");
    pane = new FilePane(capsule, this::download, () -> go(this.directory), this::closeFile);
    pane.addClassName("gone");
    place.addClassName("files");
    place.add(grid, pane);
    // Only the address of this link is used: a path is added to it in the browser.
    source = new Anchor((DownloadHandler) transfers::download, "");
    source.addClassName("gone");
    add(bar, trouble, upload(), place, source);
  }

  @Override
  protected void onAttach(AttachEvent event) {
    go(directory);
  }

  @Override
  protected void onDetach(DetachEvent event) {
    unwatch();
  }

  private void unwatch() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  private Div upload() {
    Upload upload = new Upload(transfers::upload);
    upload.setUploadFormat(UploadFormat.RAW);
    upload.setId("upload");
    upload.addClassName("drop");
    upload.setDropLabel(new Span("or drop files here"));
    Button choose = new Button("Upload files");
    choose.addThemeVariants(ButtonVariant.LUMO_SMALL);
    upload.setUploadButton(choose);
    // Of a refused upload the browser would only tell that it was forbidden.
    upload.addAttachListener(e -> upload.getElement().executeJs("window.wrenn.uploadReasons(this)"));
    upload.addAllFinishedListener(e -> {
      // What failed stays in sight with its reason.
      upload.getElement().executeJs("this.files = this.files.filter(f => f.error)");
      go(directory);
    });
    Checkbox replace = new Checkbox("Replace files of the same name", e -> transfers.replace(e.getValue()));
    Div box = new Div(upload, replace);
    box.addClassName("upload");
    return box;
  }

  /** Shows a directory. An answer that comes after the next question is dropped. */
  private void go(String path) {
    wanted = path;
    Work.run(this, caller -> Platform.files(caller, capsule).list(path, 1), entries -> show(path, entries), problem -> failed(path, problem));
  }

  private void show(String path, List<FileEntry> entries) {
    if (!path.equals(wanted)) {
      return;
    }
    if (!path.equals(directory)) {
      located.accept(path);
      unwatch();
    }
    directory = path;
    if (watch == null) {
      watch = DirectoryWatch.start(UI.getCurrent(), token, capsule, path, () -> go(path));
    }
    transfers.into(path);
    trouble.removeAll();
    crumbs(path);
    count.setText(entries.isEmpty() ? "empty" : entries.size() == 1 ? "1 entry" : String.format(java.util.Locale.ROOT, "%,d entries", entries.size()));
    if (!entries.equals(shown)) {
      shown = entries;
      grid.setItems(entries);
    }
  }

  private void failed(String path, Problem problem) {
    trouble.removeAll();
    trouble.add(Notices.trouble(path + " can't be shown.", problem.message()));
    crumbs(directory);
  }

  private void crumbs(String path) {
    crumbs.removeAll();
    List<String> way = Paths.way(path);
    for (String step : way) {
      NativeButton button = new NativeButton(step.equals("/") ? "/" : Paths.name(step), e -> go(step));
      if (step.equals(path)) {
        button.getElement().setAttribute("aria-current", "page");
      }
      if (way.indexOf(step) > 1) {
        crumbs.add(new Span("/"));
      }
      crumbs.add(button);
    }
  }

  @Override
  public void open(FileEntry entry) {
    switch (entry.type()) {
      case DIRECTORY -> go(entry.path());
      case FILE -> {
        pane.removeClassName("gone");
        place.addClassName("with-file");
        grid.narrow(true);
        pane.open(entry);
      }
      case SYMLINK -> Notices.tell(entry.name() + " leads to " + entry.linkTarget().orElse("a place") + ", which is not there.");
      case OTHER -> Notices.tell(entry.name() + " is a " + FileGrid.special(entry) + ": it has no content to show.");
    }
  }

  private void closeFile() {
    pane.addClassName("gone");
    place.removeClassName("with-file");
    grid.narrow(false);
  }

  @Override
  public void download(FileEntry entry) {
    source.getElement().executeJs("window.wrenn.download(this.href, $0, $1)", entry.path(), entry.name());
  }

  @Override
  public void rename(FileEntry entry) {
    new AskDialog("Rename " + entry.name(), "New name or path", entry.name(), "Rename", (caller, text) -> {
      String to = text.startsWith("/") ? Paths.normal(text) : Paths.normal(Paths.join(Paths.parent(entry.path()), text.strip()));
      return Platform.files(caller, capsule).move(entry.path(), to);
    }, moved -> go(directory)).helping("A path moves it; a file of that name is replaced.").open();
  }

  private void makeDirectory() {
    new AskDialog("New folder", "Name", "", "Make folder",
        (caller, text) -> Platform.files(caller, capsule).makeDirectory(Paths.normal(Paths.join(directory, text.strip()))),
        made -> go(directory)).open();
  }

  @Override
  public void remove(FileEntry entry) {
    boolean tree = entry.type() == FileEntry.Type.DIRECTORY && entry.linkTarget().isEmpty();
    ConfirmDialog ask = new ConfirmDialog("Delete " + entry.name() + "?",
        tree ? "The directory and everything below it are removed. This can't be undone."
            : entry.linkTarget().isPresent() ? "The link is removed, not what it leads to." : "The file is removed. This can't be undone.",
        "Delete", e -> Work.run(this, caller -> {
          Platform.files(caller, capsule).remove(entry.path());
          return entry;
        }, gone -> go(directory), problem -> Notices.failed(entry.name() + " was not deleted", problem)));
    ask.setId("delete-dialog");
    ask.setCancelable(true);
    ask.setConfirmButtonTheme("error primary");
    ask.open();
  }
}
