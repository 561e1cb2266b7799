package dev.wrenn.snapshot.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the snapshots, PID {@code dev.wrenn.snapshot}. */
@ObjectClassDefinition(name = "Wrenn snapshots", description = "Memory and state of paused capsules and templates on this host.")
public @interface SnapshotConfig {
  @AttributeDefinition(description = "Directory that holds the snapshots. Made when it is not there; no other instance may use it.")
  String directory() default "/var/lib/wrenn/snapshots";

  @AttributeDefinition(
      description = "What the layers of a snapshot may store, in percent of what is used of them, before they are written anew. Less saves"
          + " disk and costs writing.")
  int garbagePercent() default 150;

  @AttributeDefinition(description = "Layers that a snapshot may have before some are merged. Each costs its reader a mapping.")
  int chainLength() default 8;

  @AttributeDefinition(description = "Free space in MiB that a new snapshot, or a merge of layers, must leave on the file system, so that running capsules can go on.")
  int reserveMib() default 2048;
}
