package dev.wrenn.shell.internal;

import dev.wrenn.platform.CapsuleService;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.support.CommandException;

/** A command about capsules. */
abstract class CapsuleCommand extends OperatorCommand {
  @Reference(optional = true)
  CapsuleService service;

  final CapsuleService capsules() throws CommandException {
    return needed(service);
  }
}
