package dev.wrenn.proxy.internal;

import java.util.Locale;
import org.eclipse.jetty.http.HttpStatus;

/** What a refusal looks like: JSON for programs, in the form that the client's kind knows; a small page for people. */
final class RefusalPage {
  static String json(Refusal refusal) {
    if (!refusal.e2b()) {
      return "{\"error\":{\"code\":" + quoted(refusal.code()) + ",\"message\":" + quoted(refusal.getMessage()) + "}}";
    }
    Route route = refusal.route().orElseThrow();
    String port = refusal.code().equals("port_closed") ? ",\"port\":" + route.port() : "";
    return "{\"sandboxId\":" + quoted(route.named()) + ",\"message\":" + quoted(refusal.getMessage()) + port + ",\"code\":" + refusal.status() + "}";
  }

  /** For a client of which nothing is known. */
  static String bothForms(Refusal refusal) {
    String error = "{\"code\":" + quoted(refusal.code()) + ",\"message\":" + quoted(refusal.getMessage()) + "}";
    return "{\"error\":" + error + ",\"code\":" + refusal.status() + ",\"message\":" + quoted(refusal.getMessage()) + "}";
  }

  static String html(Refusal refusal) {
    String title = refusal.status() + " " + HttpStatus.getMessage(refusal.status());
    String form = refusal.status() == HttpStatus.FORBIDDEN_403 && refusal.route().filter(r -> r.byHostName() && !r.toAgent()).isPresent()
        ? "<form><label>Token of this port <input type=\"password\" name=\"" + PortKey.QUERY + "\" autocomplete=\"off\"></label> <button>Open</button></form>"
        : "";
    return """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title>
        <style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style></head>
        <body><h1>%s</h1><p>%s</p>%s</body></html>
        """.formatted(title, title, escaped(refusal.getMessage()), form);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private RefusalPage() {}
}
