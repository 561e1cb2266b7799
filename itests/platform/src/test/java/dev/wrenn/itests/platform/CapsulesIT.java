package dev.wrenn.itests.platform;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleStatus;
import java.util.List;
import javax.inject.Inject;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** Capsules in the assembled Karaf: by its services, and by the commands of its shell. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class CapsulesIT extends CapsuleContainer {

  @Inject
  private SessionFactory sessions;

  @Override
  protected String prefix() {
    return "wexca";
  }

  @Override
  protected String subnet() {
    return "10.63.0.0/16";
  }

  @Test
  public void aCapsuleRunsCodeUntilItIsDestroyed() throws Exception {
    Capsule made = aCapsule();
    assertEquals(CapsuleStatus.RUNNING, made.status());
    assertEquals(made.id(), exec(made.id(), "uname -n"));
    assertFalse(new Machine(prefix(), data()).microVm(made.id()).isEmpty());
    capsules.destroy(operator, made.id());
    assertEquals(CapsuleStatus.STOPPED, capsules.get(operator, made.id()).status());
    assertEquals(List.of(), capsules.list(operator, false));
  }

  @Test
  public void theShellMakesUsesAndEndsACapsule() throws Exception {
    Shell shell = new Shell(sessions, "admin");
    List<String> made = shell.run("capsule:create --memory 256 --steps").lines().toList();
    String id = made.getFirst();
    assertTrue(made.toString(), made.stream().anyMatch(line -> line.strip().startsWith("boot ")));
    assertTrue(shell.run("capsule:list --no-format").startsWith(id + "\trunning\tminimal\t1\t256\t"));
    assertTrue(shell.run("capsule:info " + id).contains("hypervisor "));
    assertEquals("two words|--help|value\n", shell.run("capsule:exec --env K=value " + id + " sh -c 'echo \"$1|$2|$K\"' - 'two words' --help"));
    assertEquals("out\nerr\n", shell.run("capsule:exec " + id + " sh -c 'echo out; echo err >&2'"));
    String failure = assertThrows(Exception.class, () -> shell.run("capsule:exec " + id + " sh -c 'exit 9'")).getMessage();
    assertEquals("sh in " + id + " ended with exit code 9", failure);
    assertEquals(id + "\n", shell.run("capsule:destroy " + id));
    assertEquals("", shell.run("capsule:list --no-format"));
    assertTrue(shell.run("capsule:list -a --no-format").contains(id + "\tstopped\t"));
  }

  @Test
  public void theShellShowsHostAndDriversAndMakesKeys() throws Exception {
    Shell shell = new Shell(sessions, "admin");
    String drivers = shell.run("driver:list --no-format");
    for (String driver : List.of("\thypervisor\tqemu\t", "\tstorage\tfile\t", "\tnetwork\ttap\t", "\tnetwork\tuser\t")) {
      assertTrue(drivers, drivers.contains(driver));
    }
    assertTrue(shell.run("driver:probe storage file").contains("qcow2"));
    assertTrue(shell.run("host:info").contains("takes capsules  yes"));
    assertTrue(shell.run("key:create itest").matches("wrn_[0-9a-f]{32}\n"));
  }

  @Test
  public void onlyAdminsHaveTheCommands() throws Exception {
    String id = aCapsule().id();
    for (String role : List.of("viewer", "manager", "ssh")) {
      Shell shell = new Shell(sessions, role);
      for (String command : List.of("capsule:list", "capsule:create", "capsule:exec " + id + " id", "capsule:shell " + id, "capsule:info " + id,
          "capsule:destroy " + id, "driver:list", "driver:probe storage file", "host:info", "key:create")) {
        Exception refusal = assertThrows(role + " could run " + command, Exception.class, () -> shell.run(command));
        assertEquals(command, "CommandNotFoundException", refusal.getClass().getSimpleName());
      }
    }
    assertEquals(CapsuleStatus.RUNNING, capsules.get(operator, id).status());
  }

  @Test
  public void aShellWithoutATerminalSaysSo() throws Exception {
    String id = aCapsule().id();
    String failure = assertThrows(Exception.class, () -> new Shell(sessions, "admin").run("capsule:shell " + id)).getMessage();
    assertTrue(failure, failure.startsWith("There is no interactive terminal here."));
  }
}
