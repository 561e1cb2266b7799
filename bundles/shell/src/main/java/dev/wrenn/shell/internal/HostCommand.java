package dev.wrenn.shell.internal;

import dev.wrenn.platform.HostService;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.support.CommandException;

/** A command about hosts and their drivers. */
abstract class HostCommand extends OperatorCommand {
  @Reference(optional = true)
  HostService service;

  final HostService hosts() throws CommandException {
    return needed(service);
  }
}
