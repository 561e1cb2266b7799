package dev.wrenn.storage.file.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Settings of the file storage driver, PID {@code dev.wrenn.storage.file}. */
@ObjectClassDefinition(name = "Wrenn file storage", description = "Disks of capsules as files on an ordinary file system.")
public @interface FileStorageConfig {
  @AttributeDefinition(description = "Directory that holds the disks. Made when it is not there.")
  String directory() default "/var/lib/wrenn/disks";

  @AttributeDefinition(
      description = "How a disk shares its image: 'qcow2' writes an overlay, 'raw' copies (sharing blocks where the file system can),"
          + " 'auto' takes raw where blocks can be shared and qcow2 elsewhere.",
      options = {@Option("auto"), @Option("qcow2"), @Option("raw")})
  String format() default "auto";

  @AttributeDefinition(
      description = "Free space in MiB that a new disk must leave on the file system, so that running capsules can go on writing.")
  int reserveMib() default 2048;
}
