package dev.wrenn.shell.internal;

import dev.wrenn.files.FileEntry;
import dev.wrenn.files.Files;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import java.util.Comparator;
import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "ls",
    description = "Lists a directory in a capsule. For example: capsule:ls cl-… /etc, or capsule:ls -R 3 cl-…:/root")
public final class LsCommand extends CapsuleCommand {
  @Option(name = "-R", aliases = "--depth", valueToShowInHelp = "1", description = "How many levels deep; links are not followed")
  int depth = 1;

  @Option(name = "--no-format", description = "Values with tabs between them, and no header")
  boolean noFormat;

  @Option(name = "--json", description = "As JSON")
  boolean json;

  @Argument(name = "id", required = true, description = "Id of the capsule, or id:path")
  @Completion(RunningCapsuleCompleter.class)
  String id;

  @Argument(index = 1, name = "path", description = "Directory or file; without it the home of the capsule's user")
  String path;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, GuestException {
    if (depth < 1) {
      throw Failure.of("-R is " + depth + ", but must be at least 1: the directory's own entries.");
    }
    GuestPath place = GuestPath.of(id).orElse(new GuestPath(id, path == null ? "~" : path));
    Files files = capsules().files(operator, place.capsule());
    FileEntry found = files.stat(place.path());
    boolean directory = found.type() == FileEntry.Type.DIRECTORY;
    List<FileEntry> entries = directory ? files.list(place.path(), depth) : List.of(found);
    Listing table = new Listing(place.path() + " is empty", "Permissions", "Owner", "Group", "Size", "Modified", "Name", "Link to");
    entries.stream().sorted(Comparator.comparing(FileEntry::path)).forEach(entry -> table.row(entry.permissions(), entry.owner(), entry.group(),
        entry.size(), entry.modifiedAt(), depth > 1 ? entry.path() : entry.name(), entry.linkTarget()));
    table.print(System.out, noFormat, json);
  }
}
