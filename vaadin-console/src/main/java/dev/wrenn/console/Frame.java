package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasElement;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dependency.JavaScript;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Main;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Nav;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.HighlightConditions;
import com.vaadin.flow.router.QueryParameters;
import com.vaadin.flow.router.RouterLayout;
import com.vaadin.flow.router.RouterLink;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;

/** The rail at the left and the page beside it. Nobody gets past it without having signed in. */
@JavaScript("context://wrenn-page.js")
public class Frame extends Div implements RouterLayout, BeforeEnterObserver {
  private static final long serialVersionUID = 1L;
  private final Nav rail = new Nav();
  private final Main page = new Main();
  private final Span who = new Span();
  private RouterLink hosts;

  public Frame() {
    addClassName("frame");
    rail.addClassName("rail");
    page.addClassName("page");
    Div brand = new Div(Icon.WREN.draw(), new Span("Wrenn"));
    brand.addClassName("brand");
    hosts = link(Icon.HOSTS, "Hosts and drivers", HostsView.class);
    Anchor docs = new Anchor("/docs", Icon.DOCS.draw(), new Span("API"));
    docs.setTarget("_blank");
    who.addClassName("who");
    Button leave = new Button("Sign out", e -> signOut());
    leave.setId("sign-out");
    leave.addThemeVariants(ButtonVariant.LUMO_SMALL, ButtonVariant.LUMO_TERTIARY_INLINE);
    Div foot = new Div(who, scheme(), leave);
    foot.addClassName("rail-foot");
    RouterLink capsules = link(Icon.CAPSULES, "Capsules", CapsulesView.class);
    // The page of one capsule is below the list for people, though not for the router.
    capsules.setHighlightCondition((link, event) -> event.getLocation().getPath().isEmpty() || event.getLocation().getFirstSegment().equals("capsules"));
    rail.add(brand, fold(), capsules, link(Icon.TEMPLATES, "Templates", TemplatesView.class), link(Icon.METRICS, "Metrics", MetricsView.class),
        link(Icon.KEY, "API keys", KeysView.class), title("Platform"), hosts, docs, foot);
    add(rail, page);
  }

  @Override
  public void beforeEnter(BeforeEnterEvent event) {
    try {
      Caller caller = Visitor.caller();
      who.setText(Visitor.session().orElseThrow().email());
      who.setTitle(who.getText());
      hosts.setVisible(caller.admin());
    } catch (PlatformException notSignedIn) {
      if (notSignedIn.code() != PlatformException.Code.UNAVAILABLE) {
        Visitor.signOut();
      }
      event.forwardTo("sign-in", QueryParameters.of("to", event.getLocation().getPathWithQueryParameters()));
    }
  }

  @Override
  public void showRouterLayoutContent(HasElement content) {
    page.getElement().removeAllChildren();
    page.getElement().appendChild(content.getElement());
  }

  private void signOut() {
    Visitor.signOut();
    getUI().ifPresent(ui -> ui.getPage().setLocation("/console/sign-in"));
  }

  /** The browser keeps the choice; the server need not know it. */
  private static NativeButton scheme() {
    NativeButton button = new NativeButton();
    button.add(Icon.SCHEME.draw(), new Span());
    button.setId("scheme");
    button.addClassNames("link", "scheme");
    button.setAriaLabel("Colours: as the system has them, light or dark");
    button.getElement().executeJs("""
        const word = this.querySelector('span');
        const tell = () => { word.textContent = { system: 'System colours', light: 'Light', dark: 'Dark' }[window.wrenn.scheme()]; };
        window.addEventListener('wrenn-scheme', tell);
        this.addEventListener('click', () => window.wrenn.nextScheme());
        tell();""");
    return button;
  }

  private static NativeButton fold() {
    NativeButton button = new NativeButton();
    button.add(Icon.RAIL.draw());
    button.setId("fold");
    button.addClassNames("link", "fold");
    button.setTitle("Narrow or wide rail");
    button.setAriaLabel("Narrow or wide rail");
    button.getElement().executeJs("""
        const frame = this.closest('.frame');
        const apply = () => frame.classList.toggle('folded', localStorage.getItem('wrenn-rail') === 'folded');
        this.addEventListener('click', () => {
          localStorage.setItem('wrenn-rail', frame.classList.contains('folded') ? 'open' : 'folded');
          apply();
        });
        apply();""");
    return button;
  }

  private static RouterLink link(Icon icon, String name, Class<? extends Component> view) {
    RouterLink link = new RouterLink("", view);
    link.add(icon.draw(), new Span(name));
    link.setHighlightCondition(HighlightConditions.locationPrefix());
    link.getElement().setAttribute("title", name);
    return link;
  }

  private static Div title(String text) {
    Div title = new Div(text);
    title.addClassName("rail-title");
    return title;
  }
}
