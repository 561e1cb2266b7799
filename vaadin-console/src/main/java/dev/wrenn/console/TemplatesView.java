package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.confirmdialog.ConfirmDialog;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleService.Template;
import java.util.List;
import java.util.Optional;

/** What capsules can be made from: the platform's images, and what the team has saved. */
@Route(value = "templates", layout = Frame.class)
@PageTitle("Templates · Wrenn")
public class TemplatesView extends Div {
  private static final long serialVersionUID = 1L;
  private final Span line = new Span();
  private final Div trouble = new Div();
  private final Grid<Template> grid = new Grid<>();

  public TemplatesView() {
    addClassName("page-body");
    line.addClassName("line");
    Div head = new Div(new Div(new H1("Templates"), line));
    head.addClassName("head");
    trouble.addClassName("gone");
    columns();
    add(head, trouble, grid);
  }

  private void columns() {
    grid.addClassName("list");
    grid.setId("templates");
    grid.addThemeVariants(GridVariant.LUMO_NO_BORDER, GridVariant.LUMO_COMPACT);
    grid.setSelectionMode(Grid.SelectionMode.NONE);
    grid.addComponentColumn(t -> mono(t.name())).setHeader("Name").setKey("name").setComparator(Template::name).setFlexGrow(1).setWidth("160px");
    grid.addColumn(t -> t.platform() ? "platform image" : "saved by your team").setHeader("Type").setKey("type").setSortable(true).setWidth("160px").setFlexGrow(0);
    grid.addComponentColumn(t -> amount(t.vcpus().map(String::valueOf))).setHeader("vCPU").setKey("vcpus").setWidth("80px").setFlexGrow(0);
    grid.addComponentColumn(t -> amount(t.memoryMb().map(Words::mebibytes))).setHeader("Memory").setKey("memory").setWidth("110px").setFlexGrow(0);
    grid.addComponentColumn(t -> mono(Words.bytes(t.sizeBytes()))).setHeader("Size").setKey("size").setComparator(Template::sizeBytes).setWidth("110px").setFlexGrow(0);
    grid.addComponentColumn(t -> new Age("", t.createdAt())).setHeader("Created").setKey("created").setComparator(Template::createdAt).setWidth("130px").setFlexGrow(0);
    grid.addComponentColumn(this::actions).setHeader("").setKey("actions").setWidth("220px").setFlexGrow(0);
  }

  @Override
  protected void onAttach(AttachEvent event) {
    load();
  }

  private void load() {
    Work.run(this, caller -> Platform.call(CapsuleService.class, s -> s.templates(caller)), this::show,
        problem -> trouble("Templates can't be listed.", problem));
  }

  private void show(List<Template> all) {
    long own = all.stream().filter(t -> !t.platform()).count();
    line.setText(Words.count(all.size() - own, "platform image") + ", " + own + " saved by your team");
    grid.setItems(all);
  }

  private void trouble(String what, Problem problem) {
    trouble.removeAll();
    trouble.add(Notices.trouble(what, problem.message()));
    trouble.removeClassName("gone");
  }

  private Component actions(Template template) {
    Button use = new Button("New capsule", e -> new CreateDialog(Optional.of(template.name())).open());
    use.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY);
    use.setAriaLabel("New capsule from " + template.name());
    Button delete = new Button("Delete", e -> ask(template));
    delete.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY, ButtonVariant.LUMO_ERROR);
    delete.setAriaLabel("Delete " + template.name());
    delete.setVisible(!template.platform());
    return new Div(use, delete);
  }

  private void ask(Template template) {
    ConfirmDialog ask = new ConfirmDialog("Delete " + template.name() + "?",
        "No capsule can be made from it any more. This can't be undone.", "Delete template", e -> delete(template.name()));
    ask.setId("delete-dialog");
    ask.setCancelable(true);
    ask.setConfirmButtonTheme("error primary");
    ask.open();
  }

  private void delete(String name) {
    Work.run(this, caller -> Platform.call(CapsuleService.class, s -> {
      s.deleteTemplate(caller, name);
      return name;
    }), gone -> {
      trouble.addClassName("gone");
      Notices.done("Deleted template " + gone);
      load();
    }, problem -> trouble("Template " + name + " was not deleted.", problem));
  }

  private static Span amount(Optional<String> fixed) {
    Span span = mono(fixed.orElse("any"));
    span.setClassName("faint", fixed.isEmpty());
    span.setClassName("mono", fixed.isPresent());
    return span;
  }

  private static Span mono(String text) {
    Span span = new Span(text);
    span.addClassName("mono");
    return span;
  }
}
