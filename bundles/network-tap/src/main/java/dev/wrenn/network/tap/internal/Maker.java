package dev.wrenn.network.tap.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who is at work on a slot, so that others can tell work in progress from work that died.
 *
 * @param boot identity of this start of the machine
 * @param pid process
 * @param started when that process began, since numbers come back
 */
record Maker(String boot, long pid, String started) {
  private static final String BOOT = "boot";
  private static final String PID = "pid";
  private static final String STARTED = "started";

  static Maker thisProcess() throws IOException {
    ProcessHandle self = ProcessHandle.current();
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    return new Maker(boot, self.pid(), started(self));
  }

  Map<String, String> facts(String name, String value) {
    Map<String, String> facts = new TreeMap<>(Map.of(BOOT, boot, PID, Long.toString(pid), STARTED, started));
    facts.put(name, value);
    return facts;
  }

  boolean isOfThisStart(Map<String, String> facts) {
    return boot.equals(facts.get(BOOT));
  }

  boolean isAlive(Map<String, String> facts) {
    return isOfThisStart(facts)
        && ProcessHandle.of(Long.parseLong(facts.get(PID))).filter(maker -> started(maker).equals(facts.get(STARTED))).isPresent();
  }

  private static String started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("unknown");
  }
}
