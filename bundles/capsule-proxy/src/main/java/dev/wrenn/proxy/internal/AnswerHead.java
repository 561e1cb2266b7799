package dev.wrenn.proxy.internal;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;

/** The head of a guest's answer as the client gets it. */
final class AnswerHead {
  private static final Set<String> DROPPED = Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "trailer");

  static void copy(GuestAnswer.Head head, Response response, Visitor visitor, Route route) {
    response.setStatus(head.status());
    Set<String> hidden = Cookies.hidden(route);
    HttpFields.Mutable kept = HttpFields.build();
    Set<String> perConnection = perConnection(head.fields());
    for (HttpField field : head.fields()) {
      String name = field.getName().toLowerCase(Locale.ROOT);
      boolean dropped = DROPPED.contains(name) || perConnection.contains(name)
          || name.equals("set-cookie") && field.getValue() != null && hidden.contains(Cookies.name(field.getValue()))
          || name.equals("content-length") && (head.chunked() || head.status() == 204 || head.status() < 200);
      if (!dropped) {
        kept.add(name.equals("location") ? new HttpField(field.getName(), Redirects.outward(field.getValue(), route.port(), visitor)) : field);
      }
    }
    // What the server itself would say of Date and the like gives way to what the guest says.
    Set<String> seen = new HashSet<>();
    for (HttpField field : kept) {
      if (seen.add(field.getName().toLowerCase(Locale.ROOT))) {
        response.getHeaders().put(field);
      } else {
        response.getHeaders().add(field);
      }
    }
  }

  private static Set<String> perConnection(HttpFields fields) {
    Set<String> names = new HashSet<>();
    for (String value : fields.getValuesList(HttpHeader.CONNECTION)) {
      Arrays.stream(value.split(",")).map(each -> each.strip().toLowerCase(Locale.ROOT)).forEach(names::add);
    }
    return names;
  }

  private AnswerHead() {}
}
