package dev.wrenn.uffd.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the page server, PID {@code dev.wrenn.uffd}. */
@ObjectClassDefinition(name = "Wrenn page server", description = "Delivers memory to restored capsules when they touch it.")
public @interface UffdConfig {
  @AttributeDefinition(description = "Where pagers have their sockets and files. Keep the path short: sockets have 107 characters in all.")
  String directory() default "/var/lib/wrenn/pager";

  @AttributeDefinition(description = "Heap of the pager process, MiB. Each capsule takes some KiB, with a very scattered memory some MiB.")
  int heapMib() default 128;

  @AttributeDefinition(description = "Memory that is put in at once when one page of it is touched, KiB: a power of two from 4 to 4096.")
  int faultAroundKib() default 64;

  @AttributeDefinition(description = "How long a restored microVM may take to ask for its memory, seconds.")
  int acceptSeconds() default 60;

  @AttributeDefinition(
      description = "Whether all memory is delivered at last, when the guest asks for nothing else. Until it is, a capsule depends on the pager.")
  boolean deliverAll() default true;

  @AttributeDefinition(description = "How long a new pager may take until it answers, seconds.")
  int startSeconds() default 30;
}
