package dev.wrenn.itests.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** What people do with files and processes in the console, also what goes wrong with it. */
class HandsIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static Stage stage;
  private static Browser browser;
  private static Api api;
  private static String capsule;

  @TempDir
  private Path local;

  @BeforeAll
  static void start() throws Exception {
    stage = Stage.open("whnd", 222);
    api = stage.api();
    browser = stage.browser();
    capsule = api.create();
    stage.signIn();
    browser.waitForText("1 running");
  }

  @AfterAll
  static void stop() throws Exception {
    if (stage != null) {
      stage.close();
    }
  }

  @AfterEach
  void noErrorsInTheBrowser() {
    // A refused upload is an answer that the browser logs by itself.
    assertEquals(List.of(), browser.errors().stream().filter(e -> !e.contains("Failed to load resource")).toList());
  }

  private static String out(String line) throws Exception {
    return api.sh(capsule, line).get("stdout").asText();
  }

  private static void directory(String path) throws Exception {
    out("mkdir -p " + path);
    browser.open("capsules/" + capsule + "?tab=files&path=" + path);
    browser.find("#upload");
  }

  @Test
  void ofSeveralFilesTheOneThatIsThereIsRefusedUntilItMayBeReplaced() throws Exception {
    Path first = Files.writeString(local.resolve("first.txt"), "one");
    Path taken = Files.writeString(local.resolve("taken.txt"), "new");
    Path last = Files.writeString(local.resolve("last.txt"), "three");
    out("mkdir -p /root/several && echo old > /root/several/taken.txt");
    directory("/root/several");
    browser.waitForText("1 entry");
    browser.choose("#upload", first, taken, last);
    browser.waitForText("3 entries");
    browser.waitForText("There is a taken.txt already.");
    browser.portraits("upload-refused");
    assertEquals("one|old\n|three", out("cd /root/several; printf '%s|%s\\n|%s' \"$(cat first.txt)\" \"$(cat taken.txt)\" \"$(cat last.txt)\""));
    browser.clickText("vaadin-checkbox label", "Replace files of the same name");
    browser.choose("#upload", taken);
    Await.until("the replaced file", LONG, () -> out("cat /root/several/taken.txt"), "new"::equals);
    browser.screenshot("upload-replaced");
    assertEquals("first.txt\nlast.txt\ntaken.txt\n", out("ls -A /root/several"), "nothing else is left");
  }

  @Test
  void aFullDiskIsToldAndTheOtherFilesArrive() throws Exception {
    out("mkdir -p /root/full && mount -t tmpfs -o size=1m tmpfs /root/full");
    try {
      Path small = Files.writeString(local.resolve("small.txt"), "fits");
      Path large = Files.write(local.resolve("large.bin"), new byte[3 << 20]);
      directory("/root/full");
      browser.waitForText("empty");
      browser.choose("#upload", large, small);
      browser.waitForText("1 entry");
      browser.waitForText("Make room in the capsule");
      browser.screenshot("upload-full");
      assertEquals("small.txt\n", out("ls -A /root/full"));
    } finally {
      out("umount -l /root/full");
    }
  }

  @Test
  void aFileIsDroppedOnThePage() throws Exception {
    Path dropped = Files.writeString(local.resolve("dropped here.txt"), "from the desktop");
    directory("/root/drop");
    browser.waitForText("empty");
    browser.drop("#upload", dropped);
    browser.waitForText("1 entry");
    assertEquals("from the desktop", out("cat '/root/drop/dropped here.txt'"));
    browser.screenshot("upload-dropped");
  }

  @Test
  void foldersAreMadeRenamedAndDeleted() throws Exception {
    directory("/root/folders");
    browser.waitForText("empty");
    browser.click("#new-folder");
    browser.find("vaadin-dialog input");
    browser.screenshot("folder-new");
    browser.typeBlind("reports", Keys.ENTER);
    browser.waitForText("1 entry");
    browser.click("#new-folder");
    browser.find("vaadin-dialog input");
    browser.typeBlind("reports", Keys.ENTER);
    browser.waitForText("That did not work.");
    browser.screenshot("folder-taken");
    browser.typeBlind(Keys.ESCAPE);
    browser.waitForNoText("That did not work.");
    browser.click("vaadin-menu-bar-item[aria-label='Actions for reports']");
    browser.clickMenu("Rename or move…");
    browser.type("vaadin-dialog input", Keys.chord(Keys.CONTROL, "a"), "results", Keys.ENTER);
    Await.until("the new name", LONG, () -> out("ls /root/folders"), "results\n"::equals);
    browser.clickText(".file-name button", "results");
    browser.waitForText("empty");
    browser.waitForAddress("results");
    browser.clickText(".crumbs button", "folders");
    browser.waitForText("1 entry");
    browser.click("vaadin-menu-bar-item[aria-label='Actions for results']");
    browser.clickMenu("Delete…");
    browser.waitForText("everything below it");
    browser.screenshot("folder-delete");
    browser.click("vaadin-button[slot='cancel-button']");
    assertEquals("results\n", out("ls /root/folders"));
    browser.click("vaadin-menu-bar-item[aria-label='Actions for results']");
    browser.clickMenu("Delete…");
    browser.click("vaadin-button[slot='confirm-button']");
    browser.waitForText("empty");
    assertEquals("", out("ls -A /root/folders"));
  }

  @Test
  void aProcessThatIgnoresTermIsKilledAfterAQuestion() throws Exception {
    String tag = api.background(capsule, "trap '' TERM; echo deaf; while :; do sleep 1; done");
    browser.open("capsules/" + capsule + "?tab=processes");
    browser.waitForText(tag);
    browser.clickText("#processes vaadin-button", "TERM");
    browser.waitForText("Sent TERM");
    browser.clickText("#processes vaadin-button", "KILL");
    browser.waitForText("end at once and can't clean up");
    browser.screenshot("process-kill");
    assertTrue(api.get("/v1/capsules/" + capsule + "/processes").json().get("processes").toString().contains(tag), "nothing happens before the answer");
    browser.click("vaadin-button[slot='confirm-button']");
    browser.waitForText("Nothing runs");
    assertEquals(0, api.get("/v1/capsules/" + capsule + "/processes").json().get("processes").size());
  }
}
