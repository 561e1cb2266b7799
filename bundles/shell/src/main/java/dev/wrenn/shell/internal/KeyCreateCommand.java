package dev.wrenn.shell.internal;

import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "key", name = "create", description = "Makes an API key for the operator's team and prints its secret, this once")
public final class KeyCreateCommand extends OperatorCommand {
  @Reference(optional = true)
  ApiKeyService keys;

  @Argument(name = "name", description = "What it is for")
  String name;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    System.out.println(needed(keys).create(operator, Optional.ofNullable(name)).secret());
  }
}
