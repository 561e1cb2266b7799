package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.PlatformException;
import java.util.List;
import java.util.Optional;

/** What sandboxes were saved as, which others can be made from. Thread-safe. */
final class Snapshots {
  private static final String TYPE = "snapshot";

  private final PlatformServices platform;
  private final Sandboxes sandboxes;
  private final Templates templates;

  Snapshots(PlatformServices platform, Sandboxes sandboxes, Templates templates) {
    this.platform = platform;
    this.sandboxes = sandboxes;
    this.templates = templates;
  }

  record Snapshot(String snapshotID, List<String> names) {}

  /** Page by page. @param next where it goes on; null at the end */
  record Page(List<Snapshot> snapshots, String next) {}

  Snapshot save(Caller caller, String shown, Requests.Snapshot request) throws PlatformException, NotOffered {
    if ("filesystem".equals(request.mode())) {
      throw new NotOffered("a snapshot without memory is not offered by this platform; take one with memory");
    }
    Optional<String> name = Listing.blank(request.name()) ? Optional.empty() : Optional.of(Templates.untagged(request.name().strip()));
    // Saved again under its name, a snapshot takes the place of the one before.
    return show(platform.capsules().snapshot(caller, sandboxes.need(caller, shown).id(), name, name.isPresent()));
  }

  Page page(Caller caller, String sandbox, String name, String limit, String after) throws PlatformException, NotOffered {
    if (!Listing.blank(sandbox)) {
      throw new NotOffered("of which sandbox a snapshot was taken is not kept by this platform; list them all, or by name");
    }
    int most = Listing.limit(limit);
    String wanted = Listing.blank(name) ? "" : Templates.untagged(name);
    List<Template> left = templates.all(caller).stream().filter(template -> template.type().equals(TYPE))
        .filter(template -> wanted.isEmpty() || template.name().equals(wanted))
        .filter(template -> Listing.blank(after) || template.name().compareTo(after) > 0)
        .sorted(java.util.Comparator.comparing(Template::name)).toList();
    List<Template> page = left.subList(0, Math.min(most, left.size()));
    return new Page(page.stream().map(Snapshots::show).toList(), left.size() > most ? page.getLast().name() : null);
  }

  void delete(Caller caller, String wanted) throws PlatformException {
    platform.capsules().deleteTemplate(caller, templates.need(caller, wanted).name());
  }

  private static Snapshot show(Template template) {
    return new Snapshot(template.name(), List.of(template.name()));
  }
}
