package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.PlatformException;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "template", name = "list", description = "Lists what a capsule can be made from: images of the platform, and capsules that were saved")
public final class TemplateListCommand extends CapsuleCommand {
  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    Listing table = new Listing("No templates: the platform has no image for capsules; log:display says why", "Name", "Type", "vCPUs", "MB", "Bytes",
        "Created", "Of");
    for (Template template : capsules().templates(operator)) {
      table.row(template.name(), template.type(), template.vcpus(), template.memoryMb(), template.sizeBytes(), template.createdAt(),
          template.platform() ? "platform" : "team");
    }
    table.print(System.out, noFormat, json);
  }
}
