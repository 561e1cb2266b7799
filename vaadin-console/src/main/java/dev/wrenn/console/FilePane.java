package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.wrenn.files.FileEntry;
import dev.wrenn.platform.Caller;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** One file, read or edited. What somebody else wrote meanwhile is not overwritten without asking. */
class FilePane extends Div {
  private static final long serialVersionUID = 1L;
  private final String capsule;
  private final Consumer<FileEntry> download;
  private final Runnable changed;
  private final Span name = new Span();
  private final Span facts = new Span();
  private final Div content = new Div();
  private final Button edit = small("Edit", e -> edit());
  private final Button save = small("Save", e -> save(false));
  private final Button cancel = small("Cancel", e -> display(this.shown));
  private final Button fetch = small("Download", e -> fetch());
  private Code code = new Code();
  private transient FileEntry entry;
  private transient FileText shown;
  private boolean editing;

  FilePane(String capsule, Consumer<FileEntry> download, Runnable changed, Runnable close) {
    this.capsule = capsule;
    this.download = download;
    this.changed = changed;
    addClassName("file-pane");
    setId("file-pane");
    name.addClassName("name");
    facts.addClassNames("faint", "mono");
    edit.setId("file-edit");
    save.setId("file-save");
    save.removeThemeVariants(ButtonVariant.LUMO_TERTIARY);
    save.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    save.setTooltipText("Save (Ctrl S)");
    Button leave = small("Close", e -> leaving(close));
    leave.setId("file-close");
    Div end = new Div(edit, save, cancel, fetch, leave);
    end.addClassName("end");
    Div head = new Div(name, facts, end);
    head.addClassName("pane-head");
    content.addClassName("fill");
    add(head, content);
  }

  void open(FileEntry file) {
    leaving(() -> load(file));
  }

  /** Runs it, after asking when something was typed that would be lost. */
  void leaving(Runnable next) {
    if (!editing) {
      next.run();
      return;
    }
    code.getElement().executeJs("return this.text() !== this.original").then(Boolean.class, typed -> {
      if (!typed) {
        next.run();
        return;
      }
      ConfirmDialog ask = new ConfirmDialog("Discard what you typed?", "The changes to " + entry.name() + " are not saved.", "Discard changes", e -> next.run());
      ask.setCancelable(true);
      ask.setCancelText("Keep editing");
      ask.setConfirmButtonTheme("error primary");
      ask.open();
    });
  }

  private void load(FileEntry file) {
    entry = file;
    shown = null;
    editing = false;
    name.setText(file.name());
    name.setTitle(file.path());
    facts.setText("");
    buttons();
    note("Reading…");
    Work.run(this, caller -> read(caller, file.path()), this::display, problem -> note(problem.message()));
  }

  private FileText read(Caller caller, String path) throws Exception {
    dev.wrenn.files.Files files = Platform.files(caller, capsule);
    return FileText.read(files, files.stat(path));
  }

  private void display(FileText file) {
    if (!file.entry().path().equals(entry.path())) {
      return;
    }
    shown = file;
    entry = file.entry();
    editing = false;
    facts.setText(Words.bytes(entry.size()) + "  " + entry.permissions());
    buttons();
    if (file.text().isEmpty()) {
      note(file.obstacle() + " Download it to look at it.");
      return;
    }
    code = new Code();
    code.getElement().addEventListener("code-save", e -> save(false));
    content.removeAll();
    content.add(code);
    code.getElement().executeJs("this.show($0, $1)", file.text().get(), Paths.language(entry.name()));
  }

  private void edit() {
    if (!shown.editable()) {
      Notices.tell("This file mixes line ends; an edit here would change all of them. Use an editor in the terminal.");
      return;
    }
    editing = true;
    buttons();
    code.getElement().executeJs("this.edit()");
  }

  private void save(boolean force) {
    if (!editing) {
      return;
    }
    save.setEnabled(false);
    FileText before = shown;
    code.getElement().executeJs("return this.text()").then(String.class,
        text -> Work.run(this, caller -> write(caller, before, text, force), this::saved, this::notSaved));
  }

  /** The new file, or nothing when another one is there than the one that was read. */
  private Optional<FileText> write(Caller caller, FileText before, String text, boolean force) throws Exception {
    dev.wrenn.files.Files files = Platform.files(caller, capsule);
    String path = before.entry().path();
    if (!force) {
      FileEntry now = files.stat(path);
      // A file can change twice within the second that its time is told in.
      if (!now.modifiedAt().equals(before.entry().modifiedAt()) || FileText.read(files, now).digest() != before.digest()) {
        return Optional.empty();
      }
    }
    boolean pairs = before.text().orElse("").contains("\r\n");
    byte[] bytes = (pairs ? text.replace("\n", "\r\n") : text).getBytes(StandardCharsets.UTF_8);
    files.write(path, new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length));
    return Optional.of(FileText.read(files, files.stat(path)));
  }

  private void saved(Optional<FileText> now) {
    save.setEnabled(true);
    if (now.isPresent()) {
      display(now.get());
      Notices.done("Saved " + entry.name());
      changed.run();
      return;
    }
    ConfirmDialog ask = new ConfirmDialog("Overwrite " + entry.name() + "?",
        "It changed in the capsule since you opened it. Overwriting loses that change; loading it anew loses yours.", "Overwrite", e -> save(true));
    ask.setId("file-conflict");
    ask.setCancelable(true);
    ask.setCancelText("Keep editing");
    ask.setRejectable(true);
    ask.setRejectText("Load anew");
    ask.addRejectListener(e -> load(entry));
    ask.setConfirmButtonTheme("error primary");
    ask.open();
  }

  private void notSaved(Problem problem) {
    save.setEnabled(true);
    Notices.failed(entry.name() + " was not saved", problem);
  }

  private void fetch() {
    download.accept(entry);
  }

  private void note(String words) {
    Div note = new Div(words);
    note.addClassName("pane-note");
    content.removeAll();
    content.add(note);
  }

  private void buttons() {
    edit.setVisible(!editing && shown != null && shown.text().isPresent());
    save.setVisible(editing);
    cancel.setVisible(editing);
    fetch.setVisible(!editing);
  }

  private static Button small(String text, com.vaadin.flow.component.ComponentEventListener<com.vaadin.flow.component.ClickEvent<Button>> listener) {
    Button button = new Button(text, listener);
    button.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY);
    return button;
  }

  @Tag("wrenn-code")
  @JavaScript("context://vendor/highlight.js")
  @JavaScript("context://wrenn-code.js")
  private static final class Code extends Component {
    private static final long serialVersionUID = 1L;
  }
}
