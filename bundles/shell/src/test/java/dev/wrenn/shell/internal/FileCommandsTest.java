package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.platform.CapsuleStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Here and in the capsule are two folders. */
class FileCommandsTest {
  @TempDir Path here;
  @TempDir Path guest;
  private final TestPlatform platform = new TestPlatform();

  @BeforeEach
  void aCapsule() {
    platform.folder = guest;
    platform.capsules.put("cl-1", TestPlatform.capsule("cl-1", CapsuleStatus.RUNNING, Optional.empty()));
  }

  private CpCommand cp(boolean recursive, String source, String target) {
    CpCommand cp = new CpCommand();
    cp.signIn = platform;
    cp.service = platform;
    cp.session = TestSession.without();
    cp.recursive = recursive;
    cp.source = source;
    cp.target = target;
    return cp;
  }

  @Test
  void aFileGoesThereAndBackByteForByte() throws Exception {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    Path file = Files.write(here.resolve("tool"), bytes);
    assertTrue(file.toFile().setExecutable(true));
    assertTrue(Captured.output(cp(false, file.toString(), "cl-1:/opt/tool")).startsWith("1 file, 293 KB in "));
    assertArrayEquals(bytes, Files.readAllBytes(guest.resolve("opt/tool")));
    assertTrue(Files.isExecutable(guest.resolve("opt/tool")));
    Captured.output(cp(false, "cl-1:/opt/tool", here.resolve("back").toString()));
    assertArrayEquals(bytes, Files.readAllBytes(here.resolve("back")));
    assertTrue(Files.isExecutable(here.resolve("back")));
  }

  @Test
  void intoADirectoryTheNameStays() throws Exception {
    Files.createDirectory(guest.resolve("d"));
    Path file = Files.writeString(here.resolve("a b.txt"), "x");
    Captured.output(cp(false, file.toString(), "cl-1:/d"));
    assertEquals("x", Files.readString(guest.resolve("d/a b.txt")));
    Captured.output(cp(false, "cl-1:/d/a b.txt", here.resolve(".").toString()));
  }

  @Test
  void aTreeIsCopiedAndLinksAreToldAndLeftOut() throws Exception {
    Files.createDirectories(guest.resolve("t/deep/er"));
    Files.writeString(guest.resolve("t/deep/er/f"), "content");
    Files.createSymbolicLink(guest.resolve("t/loop"), guest.resolve("t"));
    Files.createSymbolicLink(guest.resolve("t/out"), Path.of("/etc/passwd"));
    String said = Captured.output(cp(true, "cl-1:/t", here.toString()));
    assertEquals("content", Files.readString(here.resolve("t/deep/er/f")));
    assertTrue(said.contains("left out, neither a file nor a directory: cl-1:/t/loop"), said);
    assertFalse(Files.exists(here.resolve("t/out"), LinkOption.NOFOLLOW_LINKS));
    assertTrue(said.contains("1 file, 7 B in "), said);
    Captured.output(cp(true, here.resolve("t").toString(), "cl-1:/copy"));
    assertEquals("content", Files.readString(guest.resolve("copy/deep/er/f")));
  }

  @Test
  void aGuestsNamesLeadNowhereElse() {
    for (String name : List.of("..", ".", "", "../x", "a/b", "a\0b")) {
      assertThrows(IOException.class, () -> new LocalPlace(here).child(name), name);
    }
  }

  @Test
  void aFileThatIsReplacedKeepsItsRightsAndALinkStaysOne() throws Exception {
    Files.writeString(guest.resolve("f"), "new");
    Path real = Files.writeString(here.resolve("real"), "old");
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-------"));
    Path link = Files.createSymbolicLink(here.resolve("link"), real);
    Captured.output(cp(false, "cl-1:/f", link.toString()));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(real));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(real)));
    try (Stream<Path> left = Files.list(here)) {
      assertEquals(2, left.count(), "a part was left");
    }
  }

  @Test
  void whatCanNotBeCopiedSaysWhatToDo() throws Exception {
    assertEquals("Error: Neither a nor b is in a capsule: one of them must be written as cl-…:path", Captured.error(cp(false, "a", "b")));
    assertEquals("Error: cl-1:/no is not there.", Captured.error(cp(false, "cl-1:/no", "x")));
    assertTrue(Captured.error(cp(false, here.toString(), "cl-1:/x")).endsWith(" is a directory: capsule:cp -r copies it with all that is in it."));
    assertEquals("Error: /dev/zero is neither a file nor a directory.", Captured.error(cp(false, "/dev/zero", "cl-1:/x")));
    Files.writeString(guest.resolve("f"), "x");
    assertEquals("Error: " + here + "/no/f is not there.", Captured.error(cp(false, "cl-1:/f", here + "/no/f")).replaceFirst("\\.[0-9a-f-]{36}\\.part", "f"));
    Files.createDirectory(guest.resolve("d"));
    assertEquals("Error: A directory needs a path: '-' takes a single file.", Captured.error(cp(true, "cl-1:/d", "-")));
  }

  @Test
  void aFileGoesToTheOutputAlone() throws Exception {
    Files.writeString(guest.resolve("f"), "line\n");
    assertEquals("line\n", Captured.output(cp(false, "cl-1:/f", "-")));
  }

  @Test
  void aFileComesFromTheInput() throws Exception {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("typed".getBytes(StandardCharsets.UTF_8)));
      // So the word arrives from Karaf's parser.
      Captured.output(cp(false, CpParser.named(List.of("-")), "cl-1:/from-input"));
      assertEquals("typed", Files.readString(guest.resolve("from-input")));
      System.setIn(InputStream.nullInputStream());
      assertTrue(Captured.error(cp(false, "-", "cl-1:/none")).startsWith("Error: The input is empty"));
      assertFalse(Files.exists(guest.resolve("none")));
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void lsIsLongAndGoesDeepWhenAsked() throws Exception {
    Files.createDirectories(guest.resolve("d/e"));
    Files.writeString(guest.resolve("d/e/f"), "four");
    Files.writeString(guest.resolve("d/\u001b[31mred"), "");
    LsCommand ls = new LsCommand();
    ls.signIn = platform;
    ls.service = platform;
    ls.id = "cl-1";
    ls.path = "/d";
    ls.noFormat = true;
    assertFalse(Captured.output(ls).contains("\u001b"), "a name steers the terminal");
    assertEquals(2, Captured.output(ls).lines().count());
    ls.id = "cl-1:/d";
    ls.depth = 2;
    assertTrue(Captured.output(ls).contains("\troot\troot\t4\t1970-01-01T00:00:00Z\t/d/e/f\t\n"), Captured.output(ls));
    ls.json = true;
    assertTrue(Captured.output(ls).contains("\"size\":4,\"modified\":\"1970-01-01T00:00:00Z\",\"name\":\"/d/e/f\",\"link_to\":null}"), Captured.output(ls));
    ls.depth = 0;
    assertTrue(Captured.error(ls).contains("at least 1"));
  }
}
