package dev.wrenn.shell.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.PlatformException;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.CommandException;

@Service
@Command(scope = "capsule", name = "info", description = "Shows all that is known of a capsule, and what each step of its creation took")
public final class InfoCommand extends CapsuleCommand {
  @Argument(name = "id", required = true, description = "Id of the capsule")
  @Completion(AnyCapsuleCompleter.class)
  String id;

  @Override
  void run(Caller operator) throws CommandException, PlatformException {
    Capsule capsule = capsules().get(operator, id);
    Facts facts = new Facts()
        .add("id", capsule.id())
        .add("status", capsule.status().wire())
        .add("reason", capsule.reason().map(reason -> reason.step() + ": " + reason.message()))
        .add("template", capsule.template())
        .add("team", capsule.teamId())
        .add("vcpus", capsule.vcpus())
        .add("memory", capsule.memoryMb() + " MB")
        .add("disk", capsule.diskMb() + " MB")
        .add("idle limit", capsule.timeoutSec() == 0 ? "none" : Listing.span(capsule.timeoutSec()))
        .add("when idle", capsule.timeoutSec() == 0 ? Optional.empty() : Optional.of(capsule.options().onIdle().wire()))
        .add("end", capsule.endAt().map(end -> end + ", then: " + capsule.options().onEnd().wire()))
        .add("wakes up", capsule.options().wake() ? "when it is used" : "when it is resumed")
        .add("host", capsule.hostId())
        .add("address", capsule.hostIp())
        .add("created", capsule.createdAt())
        .add("started", capsule.startedAt())
        .add("last active", capsule.lastActiveAt())
        .add("last change", capsule.lastUpdated() + " (version " + capsule.version() + ")");
    // The host's fact of that name says where its memory comes from, not how much it is.
    new TreeMap<>(capsule.metadata()).forEach((name, value) -> facts.add(name.equals("memory") ? "memory from" : name, value));
    facts.print(System.out);
    if (!capsule.steps().isEmpty()) {
      System.out.println("steps of its creation, or of its last pause or resume (they may overlap):");
      StepBars.of(capsule.steps()).forEach(System.out::println);
    }
  }
}
