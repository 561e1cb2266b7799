package dev.wrenn.persistence;

import java.util.Optional;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/** Facts about this installation, by name. */
@ProviderType
public interface Settings {
  Optional<String> find(String name);

  /** What is stored, or else the first value that anybody supplied: all who ask get the same. At most 4000 characters. */
  String findOrSet(String name, Supplier<String> first);
}
