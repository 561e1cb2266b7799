package dev.wrenn.itests.rooms;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The bundles that were built obey the table of rooms, and every room of the table was built. */
class RoomsTest {

  @Test
  void everyImportIsAllowed() throws Exception {
    List<Room> rooms = Room.built(Path.of(System.getProperty("wrenn.root")));
    assertEquals(new TreeSet<>(Rules.names()), rooms.stream().map(Room::name).collect(Collectors.toCollection(TreeSet::new)));
    assertEquals("", String.join("\n", Rules.violations(rooms)));
  }
}
