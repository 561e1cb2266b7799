package dev.wrenn.network.tap.internal;

import dev.wrenn.spi.PlanId;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which slots there are and whose they are, as files under {@code /run/<prefix>/net} that every instance of the driver respects:
 * {@code N.slot} (being made or ready), {@code N.owner} (taken), {@code capsule-<id>} (its slot). Each comes into being with one
 * system call that one caller wins. A slot that another start of the machine left counts as none.
 */
final class SlotRegistry {
  private static final String STATE = "state";
  private static final String READY = "ready";
  private static final String REMOVING = "removing";
  private static final String STAMP = "stamp";
  private static final String SLOT = ".slot";
  private static final String OWNER = ".owner";

  private final Path directory;
  private final Maker self;
  private final String stamp;

  /** @param stamp of the slots that this instance makes; it gives no other's away */
  SlotRegistry(Path directory, Maker self, String stamp) {
    this.directory = directory;
    this.self = self;
    this.stamp = stamp;
  }

  /** Forgets what another start of the machine left: its namespaces are gone. */
  void forgetEarlierStarts() throws IOException {
    for (int number : numbers(SLOT)) {
      Optional<Map<String, String>> facts = FactFile.read(slot(number));
      if (facts.isPresent() && !self.isOfThisStart(facts.get())) {
        forget(number);
      }
    }
  }

  /** Reserves a number for a slot that is about to be made. */
  boolean begin(int number) throws IOException {
    if (Files.exists(slot(number)) || Files.exists(owner(number))) {
      return false;
    }
    return FactFile.create(slot(number), self.facts(STATE, "making"));
  }

  void ready(int number) throws IOException {
    Map<String, String> facts = self.facts(STATE, READY);
    facts.put(STAMP, stamp);
    FactFile.replace(slot(number), facts);
  }

  private boolean isReady(int number) throws IOException {
    return FactFile.read(slot(number)).filter(this::isReady).isPresent();
  }

  private boolean isReady(Map<String, String> facts) {
    return READY.equals(facts.get(STATE)) && stamp.equals(facts.get(STAMP));
  }

  /** Takes a ready slot. False when somebody else has it, or has just removed it. */
  boolean claim(int number, Map<String, String> owner) throws IOException {
    if (!FactFile.create(owner(number), owner)) {
      return false;
    }
    if (isReady(number)) {
      return true;
    }
    Files.deleteIfExists(owner(number));
    return false;
  }

  /** Claims a slot that nobody has, in order to remove it. */
  boolean claimForRemoval(int number) throws IOException {
    return FactFile.create(owner(number), self.facts(STATE, REMOVING));
  }

  /** Says that a slot is on its way out: it is nobody's any more, and not free either. */
  void beginRemoval(int number) throws IOException {
    Map<String, String> facts = self.facts(STATE, REMOVING);
    FactFile.read(owner(number)).ifPresent(owner -> owner.forEach(facts::putIfAbsent));
    FactFile.replace(owner(number), facts);
  }

  boolean isTaken(int number) {
    return Files.exists(owner(number));
  }

  /** Slots that have ever been given to that id and are not quite gone, whatever state they are in. */
  SortedSet<Integer> slotsOf(PlanId id) throws IOException {
    SortedSet<Integer> slots = new TreeSet<>();
    for (int number : numbers(OWNER)) {
      if (FactFile.read(owner(number)).filter(facts -> Owner.isNamed(facts) && Owner.of(facts).id().equals(id)).isPresent()) {
        slots.add(number);
      }
    }
    return slots;
  }

  /** Says that the capsule has that slot; false when it has one already. */
  boolean assign(PlanId id, int number) throws IOException {
    return FactFile.create(capsule(id.capsule()), Map.of("slot", Integer.toString(number)));
  }

  OptionalInt slotOf(String capsule) throws IOException {
    Optional<Map<String, String>> facts = FactFile.read(capsule(capsule));
    return facts.isPresent() ? OptionalInt.of(Integer.parseInt(facts.get().get("slot"))) : OptionalInt.empty();
  }

  /** Empty for a slot that is free, and for one that is being removed. */
  Optional<Owner> ownerOf(int number) throws IOException {
    return FactFile.read(owner(number)).filter(facts -> !facts.containsKey(STATE)).map(Owner::of);
  }

  /** Slots that stand ready, that nobody has, and whose maker is no more: those of a living one are in its own pool. */
  SortedSet<Integer> inherited() throws IOException {
    SortedSet<Integer> inherited = new TreeSet<>();
    for (int number : numbers(SLOT)) {
      Optional<Map<String, String>> ready = FactFile.read(slot(number)).filter(this::isReady);
      if (!isTaken(number) && ready.isPresent() && !self.isAlive(ready.get())) {
        inherited.add(number);
      }
    }
    return inherited;
  }

  /** Slots that a process which is no more was making or removing, or kept ready in another manner than ours. */
  SortedSet<Integer> abandoned() throws IOException {
    SortedSet<Integer> abandoned = new TreeSet<>();
    for (int number : all()) {
      Optional<Map<String, String>> removing = FactFile.read(owner(number)).filter(facts -> facts.containsKey(STATE));
      Optional<Map<String, String>> work = Files.exists(owner(number)) ? removing
          : FactFile.read(slot(number)).filter(facts -> !isReady(facts));
      if (work.isPresent() && !self.isAlive(work.get())) {
        abandoned.add(number);
      }
    }
    return abandoned;
  }

  SortedSet<Integer> owned() throws IOException {
    return numbers(OWNER);
  }

  /** Every slot of which anything is known. */
  SortedSet<Integer> all() throws IOException {
    SortedSet<Integer> all = numbers(SLOT);
    all.addAll(numbers(OWNER));
    return all;
  }

  /** Removes what is known of a slot; the number is free for another when the last file is gone. */
  void forget(int number) throws IOException {
    Optional<Owner> owner = FactFile.read(owner(number)).filter(Owner::isNamed).map(Owner::of);
    if (owner.isPresent()) {
      OptionalInt assigned = slotOf(owner.get().id().capsule());
      if (assigned.isPresent() && assigned.getAsInt() == number) {
        Files.deleteIfExists(capsule(owner.get().id().capsule()));
      }
    }
    Files.deleteIfExists(slot(number));
    Files.deleteIfExists(owner(number));
  }

  /** Removes the directory when nothing is in it. */
  void removeEmpty() throws IOException {
    if (all().isEmpty() && Files.isDirectory(directory)) {
      try (DirectoryStream<Path> rest = Files.newDirectoryStream(directory)) {
        for (Path path : rest) {
          Files.deleteIfExists(path);
        }
      }
      Files.delete(directory);
      try {
        Files.delete(directory.getParent());
      } catch (DirectoryNotEmptyException e) {
        // Others keep things of theirs there.
        return;
      }
    }
  }

  private SortedSet<Integer> numbers(String ending) throws IOException {
    SortedSet<Integer> numbers = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[0-9]*" + ending)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        numbers.add(Integer.parseInt(name.substring(0, name.length() - ending.length())));
      }
    } catch (NoSuchFileException e) {
      return numbers;
    }
    return numbers;
  }

  private Path slot(int number) {
    return directory.resolve(number + SLOT);
  }

  private Path owner(int number) {
    return directory.resolve(number + OWNER);
  }

  private Path capsule(String capsule) {
    return directory.resolve("capsule-" + capsule);
  }
}
