package dev.wrenn.itests.platform;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.process.ProcessSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.inject.Inject;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** What the shell does with files, processes and the rest of a capsule, for real. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ShellCommandsIT extends CapsuleContainer {

  @Inject
  private SessionFactory sessions;

  @Override
  protected String prefix() {
    return "wexsh";
  }

  @Override
  protected String subnet() {
    return "10.67.0.0/16";
  }

  private String shell(String command) throws Exception {
    return new Shell(sessions, "admin").run(command);
  }

  private String refusal(String command) {
    return assertThrows(command, Exception.class, () -> shell(command)).getMessage();
  }

  @Test
  public void filesGoIntoACapsuleAndBack() throws Exception {
    String id = aCapsule().id();
    Path here = Files.createTempDirectory(data(), "cp");
    try {
      byte[] bytes = new byte[3_000_000];
      new Random(7).nextBytes(bytes);
      Files.createDirectories(here.resolve("tree/deep"));
      Files.write(here.resolve("tree/deep/big"), bytes);
      Files.writeString(here.resolve("tree/run me.sh"), "#!/bin/sh\necho ran\n");
      assertTrue(here.resolve("tree/run me.sh").toFile().setExecutable(true));
      assertTrue(shell("capsule:cp -r " + here.resolve("tree") + " " + id + ":/opt").startsWith("2 files, 2.86 MB in "));
      assertEquals("ran", exec(id, "'/opt/tree/run me.sh'"));
      exec(id, "ln -s /etc/passwd /opt/tree/link");
      String said = shell("capsule:cp -r " + id + ":/opt/tree " + here.resolve("back"));
      assertTrue(said, said.contains("left out, neither a file nor a directory: " + id + ":/opt/tree/link"));
      assertArrayEquals(bytes, Files.readAllBytes(here.resolve("back/deep/big")));
      assertEquals("#!/bin/sh\necho ran\n", shell("capsule:cp \"" + id + ":/opt/tree/run me.sh\" -"));
      String listed = shell("capsule:ls --no-format -R 2 " + id + " /opt/tree");
      assertTrue(listed, listed.contains("-rw-r--r--\troot\troot\t3000000\t") && listed.contains("\t/opt/tree/deep/big\t\n"));
      assertEquals(id + ":/no is not there.", refusal("capsule:cp " + id + ":/no " + here));
    } finally {
      Folders.remove(here);
    }
  }

  @Test
  public void processesAreListedAndEnded() throws Exception {
    String id = aCapsule().id();
    try (var process = capsules.processes(operator, id).start(ProcessSpec.of("sleep", "300").withTag("long"))) {
      assertTrue(process.next().isPresent());
      String listed = shell("capsule:ps --no-format " + id);
      assertTrue(listed, listed.contains("\tlong\t") && listed.endsWith("\tsleep 300\n"));
      shell("capsule:kill -s KILL " + id + " long");
      Waiting.untilEmpty(LIMIT, () -> shell("capsule:ps --no-format " + id));
    }
    assertTrue(refusal("capsule:kill " + id + " nobody").startsWith("No process nobody "));
    assertTrue(refusal("capsule:kill -s FOO " + id + " 1").contains("one of TERM, KILL, INT, HUP"));
  }

  @Test
  public void consoleHistoryUseAndPortsAreShown() throws Exception {
    String id = aCapsule().id();
    assertTrue(shell("capsule:logs " + id).contains("envd"));
    assertTrue(shell("capsule:history --no-format " + id).contains("\trunning\t"));
    assertTrue(shell("capsule:ports --no-format --close 8000 --open 9000 " + id).contains("8000\twith token\n9000\teverybody\n"));
    assertEquals("8000\twith token\n", shell("capsule:ports --no-format --clear 9000 " + id));
    assertTrue(shell("capsule:ports --token " + id).matches("\\S{20,}\n"));
    Waiting.untilEmpty(LIMIT, () -> shell("capsule:metrics " + id).contains("memory ") ? "" : "no numbers yet");
    assertTrue(shell("capsule:metrics --json --range 10m " + id).contains("\"cpu_percent\":"));
    assertTrue(shell("team:limits --running 77 --json").contains("\"running\":77,"));
    assertTrue(shell("capsule:list --json").startsWith("[{\"id\":\"" + id + "\",\"status\":\"running\""));
    capsules.destroy(operator, id);
    assertTrue(refusal("capsule:logs -f -n 1 " + id).contains(id));
  }

  @Test
  public void capsulesPauseGoOnAndBecomeTemplates() throws Exception {
    String id = aCapsule().id();
    exec(id, "echo kept > /dev/shm/memory");
    assertEquals(id + "\n", shell("capsule:pause " + id));
    assertEquals(CapsuleStatus.PAUSED, capsules.get(operator, id).status());
    assertEquals(id + "\n", shell("capsule:resume " + id));
    assertEquals("kept", exec(id, "cat /dev/shm/memory"));
    String copy = shell("capsule:fork " + id).strip();
    assertEquals("kept", exec(copy, "cat /dev/shm/memory"));
    assertEquals("itest-saved\n", shell("template:create " + id + " itest-saved"));
    assertTrue(shell("template:list --no-format").contains("itest-saved\tsnapshot\t"));
    shell("capsule:destroy " + id + " " + copy);
    assertEquals("itest-saved\n", shell("template:delete itest-saved"));
  }

  @Test
  public void whatIsRunInTheShellIsLogged() throws Exception {
    shell("capsule:list --no-format");
    refusal("capsule:exec -e TOKEN=hidden cl-none env");
    Path log = Path.of(System.getProperty("karaf.log"), "shell-audit.log");
    Waiting.untilEmpty(LIMIT, () -> {
      String text = Files.readString(log, StandardCharsets.UTF_8);
      for (String line : List.of("somebody runs capsule:list --no-format", "somebody failed in capsule:exec -e TOKEN=… cl-none env: ")) {
        if (!text.contains(line)) {
          return "not in " + log + ": " + line;
        }
      }
      return text.contains("hidden") ? "a secret is in " + log : "";
    });
  }

  @Test
  public void onlyAdminsReachTheMachinesFiles() {
    for (String command : List.of("capsule:cp /etc/hostname cl-x:/x", "capsule:ls cl-x", "capsule:logs cl-x", "team:limits", "template:list")) {
      Exception failure = assertThrows(command, Exception.class, () -> new Shell(sessions, "manager").run(command));
      assertEquals(command, "CommandNotFoundException", failure.getClass().getSimpleName());
    }
  }
}
