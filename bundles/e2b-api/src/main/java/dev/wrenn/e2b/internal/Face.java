package dev.wrenn.e2b.internal;

/** What the resources share. */
record Face(Guard guard, Sandboxes sandboxes, Listing listing, Metrics metrics, Logs logs, Pauses pauses, Snapshots snapshots, Terms terms, Templates templates, Views views, int maxBodyBytes) {
  static Face of(PlatformServices platform, E2bConfig config) {
    Templates templates = new Templates(platform, config.templateAliases());
    Views views = new Views(templates, config.publicDomain());
    Terms terms = new Terms(platform);
    Sandboxes sandboxes = new Sandboxes(platform, templates, terms, views, config.defaultUser());
    return new Face(new Guard(platform), sandboxes, new Listing(platform, templates), new Metrics(platform, sandboxes), new Logs(platform, sandboxes),
        new Pauses(platform, sandboxes, terms, views), new Snapshots(platform, sandboxes, templates), terms, templates, views, config.maxBodyBytes());
  }
}
