package dev.wrenn.e2b.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.PlatformException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Templates by the names that clients use. Thread-safe. */
final class Templates {
  private final PlatformServices platform;
  private final Map<String, String> aliases;

  Templates(PlatformServices platform, String[] aliases) {
    this.platform = platform;
    this.aliases = new LinkedHashMap<>();
    for (String entry : aliases) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        this.aliases.put(entry.substring(0, equals).strip(), entry.substring(equals + 1).strip());
      }
    }
  }

  List<Template> all(Caller caller) throws PlatformException {
    return platform.capsules().templates(caller);
  }

  /** By name, by another name for it, and either with the tag that every template has. */
  Optional<Template> find(Caller caller, String wanted) throws PlatformException {
    List<Template> all = all(caller);
    String plain = untagged(wanted);
    return named(all, wanted).or(() -> named(all, plain)).or(() -> named(all, aliases.getOrDefault(plain, plain)));
  }

  /** @throws PlatformException {@code NOT_FOUND} */
  Template need(Caller caller, String wanted) throws PlatformException {
    return find(caller, wanted).orElseThrow(() -> new PlatformException(PlatformException.Code.NOT_FOUND,
        "template \"" + (wanted.length() > 100 ? wanted.substring(0, 100) + "…" : wanted) + "\" was not found"));
  }

  /** The name under which clients look for it first. */
  String alias(String template) {
    return aliases.entrySet().stream().filter(entry -> entry.getValue().equals(template)).map(Map.Entry::getKey).findFirst().orElse(template);
  }

  private static Optional<Template> named(List<Template> all, String name) {
    return all.stream().filter(template -> template.name().equals(name)).findFirst();
  }

  /** Without the tag that everything has. */
  static String untagged(String name) {
    int colon = name.lastIndexOf(':');
    String tag = colon < 0 ? "" : name.substring(colon + 1);
    return tag.equals("default") || tag.equals("latest") ? name.substring(0, colon) : name;
  }
}
