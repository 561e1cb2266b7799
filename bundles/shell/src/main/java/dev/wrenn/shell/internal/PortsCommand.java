package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PortService;
import dev.wrenn.platform.PortService.PortAccess;
import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "ports",
    description = "Shows which ports of a capsule were opened or closed, or says so anew. For example: capsule:ports --close 8000 cl-…")
public final class PortsCommand extends OperatorCommand {
  @Reference(optional = true)
  PortService service;

  @Option(name = "--open", multiValued = true, description = "A port that needs no token from now on; may be given several times")
  List<Integer> open;

  @Option(name = "--close", multiValued = true, description = "A port that needs the capsule's port token; may be given several times")
  List<Integer> close;

  @Option(name = "--clear", multiValued = true, description = "A port for which the capsule's own rule holds again; may be given several times")
  List<Integer> clear;

  @Option(name = "--token", description = "Prints the capsule's port token, alone. It is a secret")
  boolean token;

  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(LiveCapsuleCompleter.class)
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    PortService ports = needed(service);
    for (int port : given(open)) {
      ports.set(operator, id, port, true);
    }
    for (int port : given(close)) {
      ports.set(operator, id, port, false);
    }
    for (int port : given(clear)) {
      ports.clear(operator, id, port);
    }
    if (token) {
      System.out.println(ports.tokens(operator, id).port());
      return;
    }
    Listing table = new Listing("Nothing was said of single ports: the capsule's rule holds for all of them", "Port", "Access");
    for (PortAccess port : ports.ports(operator, id)) {
      table.row(port.port(), port.open() ? "everybody" : "with token");
    }
    table.print(System.out, noFormat, json);
  }

  private static List<Integer> given(List<Integer> ports) {
    return ports == null ? List.of() : ports;
  }
}
