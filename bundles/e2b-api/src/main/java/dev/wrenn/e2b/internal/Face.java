package dev.wrenn.e2b.internal;

/** What the resources share. */
record Face(Guard guard, Sandboxes sandboxes, Listing listing, Metrics metrics, Logs logs, Templates templates, Views views, int maxBodyBytes) {
  static Face of(PlatformServices platform, E2bConfig config) {
    Templates templates = new Templates(platform, config.templateAliases());
    Views views = new Views(templates, config.publicDomain());
    Sandboxes sandboxes = new Sandboxes(platform, templates, new Terms(platform), views, config.defaultUser());
    return new Face(new Guard(platform), sandboxes, new Listing(platform, templates), new Metrics(platform, sandboxes), new Logs(platform, sandboxes),
        templates, views, config.maxBodyBytes());
  }
}
