package dev.wrenn.console;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.ErrorParameter;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.router.NotFoundException;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.ParentLayout;
import com.vaadin.flow.router.RouterLink;

/** For addresses at which the console has nothing. */
@ParentLayout(Frame.class)
@PageTitle("Not found · Wrenn")
public class NotThereView extends Div implements HasErrorParameter<NotFoundException> {
  private static final long serialVersionUID = 1L;
  private static final int NOT_FOUND = 404;
  private static final int LONGEST = 80;
  private final Paragraph what = new Paragraph();

  public NotThereView() {
    addClassName("page-body");
    Div head = new Div(new Div(new H1("There is no such page")));
    head.addClassName("head");
    RouterLink all = new RouterLink("Go to the capsules", CapsulesView.class);
    all.setId("to-capsules");
    add(head, what, all);
  }

  @Override
  public int setErrorParameter(BeforeEnterEvent event, ErrorParameter<NotFoundException> error) {
    String path = event.getLocation().getPath();
    what.setText("The console has nothing at /" + (path.length() > LONGEST ? path.substring(0, LONGEST) + "…" : path) + ".");
    return NOT_FOUND;
  }
}
