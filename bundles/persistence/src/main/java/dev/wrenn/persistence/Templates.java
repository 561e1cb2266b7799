package dev.wrenn.persistence;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** Saved capsules of teams. */
@ProviderType
public interface Templates {
  Optional<TemplateRecord> find(UUID team, String name);

  /** Newest first; without intents. */
  List<TemplateRecord> ofTeam(UUID team);

  /** What is about to be saved, of all teams: its name begins with {@link TemplateRecord#INTENT}. */
  List<TemplateRecord> intents();

  /** Takes the place of what has that id. @throws StoreException {@code DUPLICATE} when another template of the team has that name */
  void put(TemplateRecord template);

  /** Idempotent. */
  void delete(UUID id);
}
