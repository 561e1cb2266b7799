package dev.wrenn.persistence;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.osgi.annotation.versioning.ProviderType;

/** Saved capsules of teams. */
@ProviderType
public interface Templates {
  Optional<TemplateRecord> find(UUID team, String name);

  /** Newest first. */
  List<TemplateRecord> ofTeam(UUID team);

  /** Takes the place of what has that id. @throws StoreException {@code DUPLICATE} when another template of the team has that name */
  void put(TemplateRecord template);

  /** Idempotent. */
  void delete(UUID id);
}
