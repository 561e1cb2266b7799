package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "cp",
    description = "Copies files between the machine where the platform runs and a capsule, or between capsules. For example: "
        + "capsule:cp -r /srv/data cl-…:/root, or capsule:cp cl-…:/root/out.csv /tmp. Links in directories are left out")
@Parsing(CpParser.class)
public final class CpCommand extends CapsuleCommand {
  @Option(name = "-r", aliases = "--recursive", description = "Directories with all that is in them")
  boolean recursive;

  @Option(name = "-q", aliases = "--quiet", description = "No progress and no summary")
  boolean quiet;

  @Argument(name = "source", required = true, description = "A path of this machine, cl-…:path, or - for the command's input")
  @Completion(CpCompleter.class)
  String source;

  @Argument(index = 1, name = "target", required = true,
      description = "A path of this machine, cl-…:path, or - for the command's output. Into a directory that is there; otherwise it is the new name")
  @Completion(CpCompleter.class)
  String target;

  @Reference
  Session session;

  @Override
  void run(Caller operator) throws CommandException, PlatformException, GuestException, IOException, InterruptedException {
    if (GuestPath.of(source).isEmpty() && GuestPath.of(target).isEmpty()) {
      throw Failure.of("Neither " + source + " nor " + target + " is in a capsule: one of them must be written as cl-…:path");
    }
    Place from = place(operator, source);
    Place to = place(operator, target);
    boolean shown = !quiet && !isStream(target);
    Progress progress = new Progress(shown && Screen.of(session).isPresent() ? Optional.of(session.getConsole()) : Optional.empty());
    Copy copy = new Copy(progress);
    try {
      await(copy, from, to);
    } finally {
      progress.clear();
    }
    if (shown) {
      copy.skipped().forEach(path -> System.out.println("left out, neither a file nor a directory: " + path));
      System.out.println(progress.summary());
    }
  }

  private Place place(Caller operator, String word) throws CommandException, PlatformException {
    if (isStream(word)) {
      return new StreamPlace(System.in, System.out);
    }
    Optional<GuestPath> guest = GuestPath.of(word);
    if (guest.isPresent()) {
      return new GuestPlace(capsules().files(operator, guest.get().capsule()), guest.get().capsule(), guest.get().path());
    }
    Path here = session.currentDir();
    return new LocalPlace(here == null ? Path.of(word) : here.resolve(word));
  }

  private static boolean isStream(String word) {
    return word.equals("-") || word.equals(CpParser.STREAM);
  }

  /** On a thread of its own, because a transfer can't be interrupted and a shell must be. */
  private void await(Copy copy, Place from, Place to) throws CommandException, GuestException, IOException, InterruptedException {
    FutureTask<Void> task = new FutureTask<>(() -> {
      copy.run(from, to, recursive);
      return null;
    });
    Thread.ofVirtual().name("capsule copy").start(task);
    try {
      task.get();
    } catch (InterruptedException e) {
      copy.stop();
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case CommandException failure -> throw failure;
        case GuestException failure -> throw failure;
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }
}
