package dev.wrenn.console;

import com.vaadin.flow.component.dependency.StyleSheet;
import com.vaadin.flow.component.page.AppShellConfigurator;
import com.vaadin.flow.component.page.Inline;
import com.vaadin.flow.component.page.Push;
import com.vaadin.flow.component.page.Viewport;
import com.vaadin.flow.server.AppShellSettings;
import com.vaadin.flow.theme.lumo.Lumo;

/** The page around all views: push over WebSocket, Lumo, and our tokens over it. */
@Push
@Viewport("width=device-width, initial-scale=1")
@StyleSheet(Lumo.STYLESHEET)
@StyleSheet("context://wrenn.css")
public class AppShell implements AppShellConfigurator {
  private static final long serialVersionUID = 1L;

  @Override
  public void configurePage(AppShellSettings settings) {
    settings.setPageTitle("Wrenn");
    settings.addMetaTag("color-scheme", "light dark");
    // Before anything is drawn, so that no page flashes in the other colours.
    settings.addInlineWithContents(Inline.Position.PREPEND,
        "document.documentElement.style.colorScheme = localStorage.getItem('wrenn-scheme') || 'light dark';", Inline.Wrapping.JAVASCRIPT);
  }
}
