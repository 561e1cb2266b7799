package dev.wrenn.console;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;

/** What a capsule is. */
class CapsuleFacts extends Facts {
  private static final long serialVersionUID = 1L;

  CapsuleFacts(Capsule capsule) {
    Instant now = Instant.now();
    add("Template", capsule.template());
    add("vCPUs", Integer.toString(capsule.vcpus()));
    add("Memory", Words.mebibytes(capsule.memoryMb()));
    add("Disk", Words.mebibytes(capsule.diskMb()));
    add(capsule.options().onIdle() == Then.PAUSE ? "Pauses when idle" : "Ends when idle", Words.idle(capsule.timeoutSec()));
    String end = capsule.options().onEnd() == Then.PAUSE ? "Pauses in any case" : "Ends in any case";
    if (capsule.status() == CapsuleStatus.PAUSED) {
      capsule.endAt().ifPresent(t -> add(end, "not while paused"));
    } else {
      capsule.endAt().ifPresent(t -> add(end, t.isAfter(now) ? "in " + Words.span(Duration.between(now, t)) : "now"));
    }
    add("When it is used while paused", capsule.options().wake() ? "it is resumed" : "the use is refused");
    add("Created", Words.ago(capsule.createdAt(), now));
    capsule.startedAt().ifPresent(t -> add(capsule.status() == CapsuleStatus.RUNNING ? "Running since" : "Started", Words.ago(t, now)));
    capsule.lastActiveAt().ifPresent(t -> add("Last active", Words.ago(t, now)));
    add("Reaches the outside", capsule.options().egress() ? "yes" : "no");
    add("Ports", capsule.options().publicPorts() ? "public" : "need a token");
    capsule.hostId().ifPresent(h -> addMono("Host", h));
    capsule.hostIp().ifPresent(ip -> addMono("Address on the host", ip));
    new TreeMap<>(capsule.options().labels()).forEach((key, value) -> addMono("Label " + key, value));
    new TreeMap<>(capsule.metadata()).forEach((key, value) -> addMono(key.replace('_', ' '), value));
  }
}
