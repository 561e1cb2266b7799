package dev.wrenn.controlplane.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

@ObjectClassDefinition(name = "Wrenn: control plane")
@interface ControlPlaneConfig {
  @AttributeDefinition(description = "Most vCPUs of one capsule")
  int vcpus_max() default 32;

  @AttributeDefinition(description = "Least memory of one capsule in MiB; a Debian guest with Python needs about this much")
  int memory_min_mb() default 128;

  @AttributeDefinition(description = "Most memory of one capsule in MiB")
  int memory_max_mb() default 65_536;

  @AttributeDefinition(description = "Most disk of one capsule in MiB")
  int disk_max_mb() default 102_400;

  @AttributeDefinition(description = "Disk of a capsule that asks for none, in MiB; the image's size where that is larger")
  int disk_default_mb() default 5120;

  @AttributeDefinition(description = "Longest idle timeout in seconds that may be asked for")
  int timeout_max_seconds() default 31_536_000;

  @AttributeDefinition(description = "Capsules of one team at once, where nothing else was set for the team")
  int team_capsules_max() default 1000;

  @AttributeDefinition(description = "vCPUs of all running capsules of one team, where nothing else was set for the team")
  int team_vcpus_max() default 4000;

  @AttributeDefinition(description = "Memory of all running capsules of one team in MiB, where nothing else was set for the team")
  long team_memory_max_mb() default 4_194_304;

  @AttributeDefinition(description = "User of processes that name none")
  String default_user() default "root";

  @AttributeDefinition(description = "Seconds after which the making of a capsule is given up and undone; emulated guests on a busy machine need some")
  int create_seconds() default 120;

  @AttributeDefinition(description = "Seconds for which a use of a paused capsule that asks to be woken waits for it; the resume itself goes on")
  int wake_seconds() default 60;

  @AttributeDefinition(description = "Seconds for which a call waits for a service that is being updated")
  int service_wait_seconds() default 5;

  @AttributeDefinition(description = "Seconds between two full comparisons of what should run with what does; events do the rest at once")
  int reconcile_seconds() default 15;

  @AttributeDefinition(description = "Seconds without its host after which a capsule counts as missing")
  int missing_seconds() default 90;

  @AttributeDefinition(description = "Days after which capsules that ended are forgotten, with their history; 0: never")
  int ended_days() default 30;

  @AttributeDefinition(description = "Days for which what teams had in use is known to ten seconds; to the hour it is known for 60 days, to the day for ever")
  int sample_days() default 2;
}
