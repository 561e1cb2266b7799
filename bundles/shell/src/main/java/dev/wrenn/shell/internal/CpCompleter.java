package dev.wrenn.shell.internal;

import dev.wrenn.files.FileEntry;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleService;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.SignIn;
import dev.wrenn.process.GuestException;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Candidate;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Capsules, then paths in the one that was named; else paths of this machine. */
@Service
public final class CpCompleter implements Completer {
  private static final Logger LOG = LoggerFactory.getLogger(CpCompleter.class);

  @Reference(optional = true)
  SignIn signIn;

  @Reference(optional = true)
  CapsuleService capsules;

  @Override
  public int complete(Session session, CommandLine line, List<String> candidates) {
    return -1;
  }

  @Override
  public void completeCandidates(Session session, CommandLine line, List<Candidate> candidates) {
    String word = line.getCursorArgument() == null ? "" : line.getCursorArgument();
    if (signIn != null && capsules != null) {
      try {
        offer(word, candidates);
      } catch (PlatformException | GuestException e) {
        LOG.debug("No paths to offer: {}", e.getMessage());
      }
    }
    if (!word.startsWith("cl-")) {
      new FileCompleter().completeCandidates(session, line, candidates);
    }
  }

  private void offer(String word, List<Candidate> candidates) throws PlatformException, GuestException {
    Optional<GuestPath> guest = GuestPath.of(word);
    if (guest.isEmpty()) {
      for (Capsule capsule : capsules.list(signIn.operator(), false)) {
        if (capsule.status() == CapsuleStatus.RUNNING) {
          candidates.add(new Candidate(capsule.id() + ":", false));
        }
      }
      return;
    }
    String path = guest.get().path();
    String directory = path.substring(0, path.lastIndexOf('/') + 1);
    for (FileEntry entry : capsules.files(signIn.operator(), guest.get().capsule()).list(directory.isEmpty() ? "~" : directory, 1)) {
      boolean below = entry.type() == FileEntry.Type.DIRECTORY;
      candidates.add(new Candidate(guest.get().capsule() + ":" + directory + entry.name() + (below ? "/" : ""), !below));
    }
  }
}
