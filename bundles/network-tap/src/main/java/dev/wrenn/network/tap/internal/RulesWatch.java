package dev.wrenn.network.tap.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears from the kernel when somebody changes the host's table, so that it is healed within milliseconds and needn't be looked at
 * in between. Until the first thing was heard, and after the process that listens has ended, it is not to be trusted.
 */
final class RulesWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RulesWatch.class);

  private final Process monitor;
  private final Pattern ours;
  private final Runnable changed;
  private volatile boolean trusted;

  private RulesWatch(Process monitor, Pattern ours, Runnable changed) {
    this.monitor = monitor;
    this.ours = ours;
    this.changed = changed;
  }

  /** @param changed called on this watch's own thread after every change that could have hurt the table */
  static RulesWatch start(TapSettings settings, Runnable changed) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("nft", "monitor").redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, system) -> path + ":" + system);
    // Names in the set of those that may go out come and go with capsules, through us.
    Pattern ours = Pattern.compile("(?!(add|delete) element inet \\S+ " + HostRules.EGRESS + " ).* inet " + settings.prefix() + "\\b.*");
    RulesWatch watch = new RulesWatch(builder.start(), ours, changed);
    Thread.ofPlatform().daemon().name("rules-watch-" + settings.prefix()).start(watch::listen);
    return watch;
  }

  boolean isTrusted() {
    return trusted;
  }

  boolean isAlive() {
    return monitor.isAlive();
  }

  private void listen() {
    try (BufferedReader lines = monitor.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        boolean first = !trusted;
        boolean hurt = ours.matcher(line).matches();
        while (lines.ready() && (line = lines.readLine()) != null) {
          hurt |= ours.matcher(line).matches();
        }
        trusted = true;
        if (first || hurt) {
          changed.run();
        }
      }
    } catch (IOException closed) {
      LOG.debug("The watch over the rules ended", closed);
    } finally {
      trusted = false;
    }
  }

  @Override
  public void close() {
    trusted = false;
    monitor.destroy();
  }
}
