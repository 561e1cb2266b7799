package dev.wrenn.hostagent.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Configuration of this host, PID {@code dev.wrenn.host}. Sizes are in MiB, times say their unit. */
@ObjectClassDefinition(name = "Wrenn host", description = "This machine as a host of capsules.")
@interface HostConfig {
  @AttributeDefinition(description = "Where all data of the host is.")
  String directory() default "/var/lib/wrenn";

  @AttributeDefinition(description = "Name of this host; empty: made once and kept in the directory.")
  String hostId() default "";

  @AttributeDefinition(description = "Kernel, initial file system and images; empty: 'guest' in the directory.")
  String guestDirectory() default "";

  @AttributeDefinition(description = "Port of the agent in its guest.")
  int agentPort() default 49983;

  @AttributeDefinition(description = "Virtual processors that are given away, in percent of the real ones. Capsules mostly wait.")
  int cpuOvercommitPercent() default 800;

  @AttributeDefinition(description = "Memory that is given away, in percent of what is there beyond the reserve.")
  int memoryOvercommitPercent() default 100;

  @AttributeDefinition(description = "Disk that is given away, in percent of what is there beyond the reserve. Disks grow when written.")
  int diskOvercommitPercent() default 400;

  @AttributeDefinition(description = "Memory that is kept for the host itself, MiB; -1: an eighth, at least 256 and at most 1024.")
  int memoryReserveMib() default -1;

  @AttributeDefinition(description = "Disk space that is kept free, MiB.")
  int diskReserveMib() default 1024;

  @AttributeDefinition(description = "Most capsules at once.")
  int maxCapsules() default 1000;

  @AttributeDefinition(description = "Memory that a capsule takes beyond its guest's, on the books, MiB.")
  int overheadMib() default 48;

  @AttributeDefinition(description = "Memory that a capsule's processes may take beyond its guest's before the kernel ends them, MiB. Emulation keeps translated code there.")
  int headroomMib() default 384;

  @AttributeDefinition(description = "Processor time of a capsule beyond its guest's, in percent of one processor.")
  int headroomCpuPercent() default 25;

  @AttributeDefinition(description = "Threads of a capsule's processes.")
  int pids() default 256;

  @AttributeDefinition(description = "Connections into one capsule at once.")
  int maxConnections() default 800;

  @AttributeDefinition(description = "MicroVMs that start at the same time, the others wait their turn; 0: two for each processor.")
  int parallelBoots() default 0;

  @AttributeDefinition(description = "Capsules that are taken over at the same time.")
  int parallelAdoptions() default 16;

  @AttributeDefinition(description = "Longest time to make a disk, seconds.")
  int diskSeconds() default 30;

  @AttributeDefinition(description = "Longest time to make a network, seconds.")
  int networkSeconds() default 20;

  @AttributeDefinition(description = "Longest time to start a microVM, seconds.")
  int bootSeconds() default 30;

  @AttributeDefinition(description = "Longest time until the agent answers, seconds. Emulated guests on a busy machine are slow.")
  int agentSeconds() default 90;

  @AttributeDefinition(description = "Longest time to undo a create that failed before it goes on in the background, seconds.")
  int undoSeconds() default 30;

  @AttributeDefinition(description = "Longest time to end a capsule before it is tried again, seconds.")
  int endSeconds() default 30;

  @AttributeDefinition(description = "Longest time to take a capsule over before it is tried again, seconds.")
  int adoptSeconds() default 30;

  @AttributeDefinition(description = "Longest pause between tries to clean up or to take over, seconds.")
  int retrySeconds() default 30;

  @AttributeDefinition(description = "How long calls wait for a driver that is being updated, milliseconds.")
  int driverWaitMillis() default 5000;

  @AttributeDefinition(description = "How long a create waits for drivers that have not been probed yet, seconds.")
  int firstProbeSeconds() default 60;

  @AttributeDefinition(description = "Longest time of a driver's probe at its start, seconds.")
  int probeSeconds() default 120;

  @AttributeDefinition(description = "Time between looks at idle capsules, milliseconds.")
  int idleCheckMillis() default 1000;

  @AttributeDefinition(description = "Time between looks at what capsules use, milliseconds.")
  int sampleMillis() default 1000;

  @AttributeDefinition(description = "Time between questions to each agent what its guest uses, milliseconds.")
  int guestSampleMillis() default 5000;

  @AttributeDefinition(description = "Agents that are asked that at the same time.")
  int parallelGuestSamples() default 16;

  @AttributeDefinition(description = "Processor time from which on a capsule counts as used, in percent of all of its own; twice in a row.")
  int busyPercent() default 5;

  @AttributeDefinition(description = "How long capsules that failed or were ended by the host are remembered, minutes.")
  int keepRecordsMinutes() default 15;

  @AttributeDefinition(description = "How many of them at most.")
  int keepRecords() default 500;

  @AttributeDefinition(description = "How exactly the last use of a capsule survives a crash of this JVM, seconds.")
  int activityNoteSeconds() default 15;

  @AttributeDefinition(description = "How long operations in flight may go on when this bundle stops, seconds.")
  int goDownSeconds() default 10;

  @AttributeDefinition(description = "Whether guests are kept booted, so that capsules of their size start by a restore instead of a boot.")
  boolean warm() default true;

  @AttributeDefinition(description = "Which are always kept: image/processors/MiB of memory.")
  String[] warmSizes() default {"minimal/1/512"};

  @AttributeDefinition(description = "Most of them, with those of other sizes that are asked for often.")
  int warmMost() default 4;

  @AttributeDefinition(description = "After how long one is made though the machine is never idle, seconds.")
  int warmPatienceSeconds() default 30;

  @AttributeDefinition(description = "How many guests of the size that is asked for most run already, restored from the one that is kept, and wait for a"
      + " capsule; 0: none. Each takes memory and a little processor time, and is given up when a capsule needs the room. None with restoreMemory=paged.")
  int warmReady() default 1;

  @AttributeDefinition(description = "Hypervisor driver that new capsules get when it is usable; empty: the one with the highest service ranking.")
  String preferredHypervisor() default "";

  @AttributeDefinition(description = "The same for storage.")
  String preferredStorage() default "";

  @AttributeDefinition(description = "The same for networks.")
  String preferredNetwork() default "";

  @AttributeDefinition(
      description = "How restored capsules get their memory: 'image' maps a flat file, 'paged' has the page server deliver it, 'auto' maps a flat"
          + " file that is there already and else has it delivered.",
      options = {@Option("auto"), @Option("image"), @Option("paged")})
  String restoreMemory() default "auto";

  @AttributeDefinition(description = "What a restored capsule touches within so many seconds is delivered first at the next restore.")
  int hotSetSeconds() default 5;
}
