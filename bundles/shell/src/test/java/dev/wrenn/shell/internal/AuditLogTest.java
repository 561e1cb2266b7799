package dev.wrenn.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  @TempDir
  private Path etc;

  @Test
  void startScriptsAreToldByNameAndEverythingElseInFull() throws Exception {
    Files.writeString(etc.resolve("shell.init.script"), "// begin\n// of it\nls = { service:list $args } ;\nla = { bundle:list };\n");
    Files.createDirectory(etc.resolve("scripts"));
    Files.writeString(etc.resolve("scripts/shell.completion.script"), "complete -c x\n");
    AuditLog log = new AuditLog(StartScripts.in(etc));
    assertEquals("(shell.init.script)", log.shown("// begin\n// of it\nls = { service:list $args } ;\nla = { bundle:list };\n"));
    assertEquals("(shell.init.script)", log.shown("\n// begin\n\nls = { service:list  $args } ; \nla = { bundle:list } ;"), "as Karaf's parser writes it");
    assertEquals("ls = { service:list $args } ;", log.shown("ls = { service:list $args } ;"), "a command that stands in it");
    assertEquals("// begin // of it ls = { service:list $args } ; halt la = { bundle:list };",
        log.shown("// begin\n// of it\nls = { service:list $args } ;\nhalt\nla = { bundle:list };"));
    assertEquals("(shell.completion.script)", log.shown("complete -c x\n"));
    assertEquals("complete -c x ; halt", log.shown("complete -c x ; halt"));
    assertEquals("a b", log.shown("a\nb"));
    assertEquals("capsule:list", new AuditLog(StartScripts.in(etc.resolve("none"))).shown("capsule:list"));
  }
}
