package dev.wrenn.itests.rooms;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who may know whom. A package is named exactly, or with all below it by a trailing {@code .*}. */
final class Rules {

  private static final Set<String> NOTHING = Set.of();
  private static final Set<String> DRIVER = packages("dev.wrenn.spi.*", "dev.wrenn.linux");
  private static final Set<String> GUEST = packages("dev.wrenn.process", "dev.wrenn.files", "dev.wrenn.port", "dev.wrenn.metrics");
  private static final Set<String> FACE = plus(GUEST, "dev.wrenn.platform");

  private record Row(Set<String> mayExport, Set<String> mayImport) {}

  private static final Map<String, Row> TABLE = Map.ofEntries(
      // runtime
      room("jdk-compat", packages("dev.wrenn.runtime.jdkcompat"), NOTHING),
      room("servlet-contract", NOTHING, NOTHING),
      room("cxf", NOTHING, NOTHING),
      // contracts
      room("driver-spi", packages("dev.wrenn.spi.*"), NOTHING),
      room("host-api", plus(GUEST, "dev.wrenn.host"), NOTHING),
      room("platform-api", packages("dev.wrenn.platform"), GUEST),
      // ground and drivers
      room("native-linux", packages("dev.wrenn.linux", "dev.wrenn.linux.fault"), NOTHING),
      room("hypervisor-qemu", NOTHING, DRIVER),
      room("storage-file", NOTHING, DRIVER),
      room("network-tap", NOTHING, DRIVER),
      room("network-user", NOTHING, DRIVER),
      room("snapshot-api", packages("dev.wrenn.snapshot"), packages("dev.wrenn.spi.*")),
      room("snapshot", NOTHING, plus(DRIVER, "dev.wrenn.snapshot")),
      room("uffd-api", packages("dev.wrenn.uffd"), packages("dev.wrenn.spi.*", "dev.wrenn.snapshot")),
      room("uffd", NOTHING, plus(DRIVER, "dev.wrenn.linux.fault", "dev.wrenn.snapshot", "dev.wrenn.uffd")),
      // host
      room("guest-client", packages("dev.wrenn.guest"), plus(GUEST, "dev.wrenn.spi.*")),
      room("host-agent", NOTHING,
          plus(GUEST, "dev.wrenn.spi.*", "dev.wrenn.linux", "dev.wrenn.linux.fault", "dev.wrenn.guest", "dev.wrenn.snapshot", "dev.wrenn.uffd", "dev.wrenn.host")),
      // platform
      room("persistence", packages("dev.wrenn.persistence"), packages("dev.wrenn.platform")),
      room("auth", NOTHING, packages("dev.wrenn.platform", "dev.wrenn.persistence")),
      room("scheduler", NOTHING, packages("dev.wrenn.spi.*", "dev.wrenn.host", "dev.wrenn.platform")),
      room("control-plane", NOTHING,
          plus(GUEST, "dev.wrenn.platform", "dev.wrenn.host", "dev.wrenn.persistence")),
      // faces
      room("faces", packages("dev.wrenn.faces"), packages("dev.wrenn.platform")),
      room("rest-api", NOTHING, plus(FACE, "dev.wrenn.faces")),
      room("capsule-proxy", NOTHING, packages("dev.wrenn.platform", "dev.wrenn.port", "dev.wrenn.faces")),
      room("e2b-api", NOTHING, plus(FACE, "dev.wrenn.faces")),
      room("shell", NOTHING, FACE),
      room("vaadin-console", NOTHING, FACE));

  /** Everything that is wrong, one sentence each; empty when all is well. */
  static List<String> violations(List<Room> rooms) {
    List<String> found = new ArrayList<>();
    Map<String, String> owners = new HashMap<>();
    for (Room room : rooms) {
      room.exports().forEach(exported -> {
        String other = owners.put(exported, room.name());
        if (other != null) {
          found.add(exported + " is exported by both " + other + " and " + room.name());
        }
      });
    }
    for (Room room : rooms) {
      found.addAll(violations(room, owners));
    }
    cycle(rooms, owners).ifPresent(found::add);
    return found;
  }

  static Set<String> names() {
    return TABLE.keySet();
  }

  private static List<String> violations(Room room, Map<String, String> owners) {
    Row row = TABLE.get(room.name());
    if (row == null) {
      return List.of(room.name() + " has no row in the table of rooms: add one");
    }
    List<String> found = new ArrayList<>();
    room.exports().stream().filter(each -> !allowed(each, row.mayExport()))
        .forEach(each -> found.add(room.name() + " must not export " + each));
    room.unversionedExports().forEach(each -> found.add(room.name() + " exports " + each + " without a version"));
    for (String imported : room.imports()) {
      if (imported.endsWith(".internal") || imported.contains(".internal.")) {
        found.add(room.name() + " must not import the inside of another room: " + imported);
      } else if (!allowed(imported, row.mayImport())) {
        found.add(room.name() + " must not import " + imported);
      } else if (!owners.containsKey(imported)) {
        found.add(room.name() + " imports " + imported + ", which no room exports");
      }
    }
    room.dynamicImports().stream().filter(each -> each.equals("*") || each.startsWith("dev.wrenn"))
        .forEach(each -> found.add(room.name() + " must not import at run time whatever there is: " + each));
    return found;
  }

  private static Optional<String> cycle(List<Room> rooms, Map<String, String> owners) {
    Map<String, Set<String>> needs = rooms.stream().collect(Collectors.toMap(Room::name,
        room -> room.imports().stream().map(owners::get).filter(Objects::nonNull).collect(Collectors.toSet())));
    Set<String> settled = new HashSet<>();
    boolean progress = true;
    while (progress) {
      progress = needs.entrySet().stream().filter(each -> settled.containsAll(each.getValue())).map(Map.Entry::getKey)
          .filter(settled::add).count() > 0;
    }
    Set<String> left = new TreeSet<>(needs.keySet());
    left.removeAll(settled);
    return left.isEmpty() ? Optional.empty() : Optional.of("a cycle goes through some of " + left);
  }

  private static boolean allowed(String name, Set<String> patterns) {
    return patterns.stream().anyMatch(pattern -> pattern.endsWith(".*")
        ? (name + ".").startsWith(pattern.substring(0, pattern.length() - 1)) : name.equals(pattern));
  }

  private static Map.Entry<String, Row> room(String name, Set<String> mayExport, Set<String> mayImport) {
    return Map.entry(name, new Row(mayExport, mayImport));
  }

  private static Set<String> packages(String... names) {
    return Arrays.stream(names).collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> plus(Set<String> some, String... more) {
    return Stream.concat(some.stream(), Arrays.stream(more)).collect(Collectors.toUnmodifiableSet());
  }

  private Rules() {}
}
