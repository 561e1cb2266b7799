package dev.wrenn.console;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.EmailField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.VaadinService;
import dev.wrenn.platform.PlatformException;

/** Where people sign in; it leads on to the page that they wanted. */
@JavaScript("context://wrenn-page.js")
@Route("sign-in")
@PageTitle("Sign in · Wrenn")
public class SignInView extends Div implements BeforeEnterObserver {
  private static final long serialVersionUID = 1L;
  private final EmailField email = new EmailField("E-mail");
  private final PasswordField password = new PasswordField("Password");
  private final Div message = new Div();
  private String wanted = "";

  public SignInView() {
    addClassName("sign-in");
    email.setAutofocus(true);
    email.setId("email");
    password.setId("password");
    email.getElement().setAttribute("autocomplete", "username");
    password.getElement().setAttribute("autocomplete", "current-password");
    email.setWidthFull();
    password.setWidthFull();
    Button enter = new Button("Sign in", e -> signIn());
    enter.setId("sign-in");
    enter.addThemeVariants(ButtonVariant.LUMO_PRIMARY);
    enter.addClickShortcut(Key.ENTER);
    enter.setDisableOnClick(true);
    message.addAttachListener(e -> enter.setEnabled(true));
    enter.addClickListener(e -> enter.setEnabled(true));
    Div brand = new Div(Icon.WREN.draw(), new Span("Wrenn"));
    brand.addClassName("brand");
    Div card = new Div(brand, new H1("Sign in"), new Paragraph("Capsules for the code of your agents."), email, password, message, enter);
    card.addClassName("card");
    add(card);
  }

  @Override
  public void beforeEnter(BeforeEnterEvent event) {
    wanted = event.getLocation().getQueryParameters().getSingleParameter("to").orElse("");
    if (Visitor.session().isPresent()) {
      event.forwardTo(CapsulesView.class);
    }
  }

  private void signIn() {
    message.removeAll();
    try {
      Visitor.signIn(email.getValue(), password.getValue());
      // A new id, so that a session id known before signing in is worth nothing.
      VaadinService.reinitializeSession(com.vaadin.flow.server.VaadinRequest.getCurrent());
      getUI().ifPresent(ui -> ui.navigate(wanted.matches("[a-z0-9/?=&_.~%-]*") ? wanted : ""));
    } catch (PlatformException refused) {
      password.clear();
      password.focus();
      message.add(Notices.trouble("That did not work.", refused.getMessage()));
    }
  }
}
