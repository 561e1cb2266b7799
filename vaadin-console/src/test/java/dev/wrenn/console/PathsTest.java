package dev.wrenn.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PathsTest {
  @Test
  void pathsAreMadeNormal() {
    assertEquals("/", Paths.normal(""));
    assertEquals("/a/c", Paths.normal("//a/./b/../c/"));
    assertEquals("/", Paths.normal("/../.."));
    assertEquals("/ü x/~", Paths.normal("ü x/~"));
  }

  @Test
  void aWayGoesFromTheRoot() {
    assertEquals(List.of("/"), Paths.way("/"));
    assertEquals(List.of("/", "/a", "/a/b"), Paths.way("/a/b"));
    assertEquals("/a", Paths.parent("/a/b"));
    assertEquals("/", Paths.parent("/a"));
    assertEquals("/b", Paths.join("/", "b"));
    assertEquals("/a/b", Paths.join("/a", "b"));
    assertEquals("b.py", Paths.name("/a/b.py"));
  }

  @Test
  void languagesGoByName() {
    assertEquals("py", Paths.language("run.PY"));
    assertEquals("ini", Paths.language("a.toml"));
    assertEquals("bash", Paths.language(".bashrc"));
    assertEquals("makefile", Paths.language("Makefile"));
  }

  @Test
  void listenersAreReadFromTheKernelsTable() {
    String table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           1: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           2: 00000000:C33F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           3: 0100007F:0050 0100007F:8888 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
        """;
    assertEquals(new TreeSet<>(List.of(22, 8000)), ListeningPorts.parse(table));
    assertEquals(new TreeSet<Integer>(), ListeningPorts.parse("nonsense\n"));
  }

  @Test
  void portsOfThisMachineHaveANameThatBrowsersKnow() {
    assertEquals("http://8000-cl-x.localhost:8080/", PortAddress.of("cl-x", "http", "127.0.0.1:8080").of(8000));
    assertEquals("https://8000-cl-x.wrenn.example/", PortAddress.of("cl-x", "https", "wrenn.example").of(8000));
  }

  @Test
  void consoleOutputLosesWhatIsForTerminals() {
    assertEquals("[ 0.1] up\n1 <6> kept\n", LogPanel.plain("<12>[ 0.1] up\n1 <6> kept\n"));
    assertEquals("ok\tdone\n", LogPanel.plain("\u001b[1;32mok\u001b[0m\tdone\u001bc\u0007\r\n"));
  }

  @Test
  void amountsAreWordsOfPeople() {
    assertEquals("512 KiB", Words.bytes(512 * 1024));
    assertEquals("1.5 GiB", Words.bytes(1536L * 1024 * 1024));
    assertEquals("1 min 5 s", Words.exact(java.time.Duration.ofSeconds(65)));
    assertEquals("250 ms", Words.exact(java.time.Duration.ofMillis(250)));
  }
}
