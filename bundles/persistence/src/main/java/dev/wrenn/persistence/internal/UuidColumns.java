package dev.wrenn.persistence.internal;

import java.sql.Types;
import java.util.UUID;

import org.eclipse.persistence.descriptors.ClassDescriptor;
import org.eclipse.persistence.mappings.DatabaseMapping;
import org.eclipse.persistence.sessions.Session;
import org.eclipse.persistence.sessions.SessionCustomizer;

/** Tells EclipseLink the type of UUID columns: it would send an absent UUID as text, which PostgreSQL refuses. */
public final class UuidColumns implements SessionCustomizer {
  @Override
  public void customize(Session session) {
    for (ClassDescriptor descriptor : session.getDescriptors().values()) {
      for (DatabaseMapping mapping : descriptor.getMappings()) {
        if (mapping.isDirectToFieldMapping() && UUID.class.getName().equals(mapping.getField().getTypeName())) {
          mapping.getField().setSqlType(Types.OTHER);
        }
      }
    }
  }
}
