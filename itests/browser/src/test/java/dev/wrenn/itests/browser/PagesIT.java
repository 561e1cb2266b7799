package dev.wrenn.itests.browser;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Each page of the console with one real capsule behind it, and a picture of each in both schemes and two widths. */
class PagesIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static Stage stage;
  private static RunningPlatform platform;
  private static Browser browser;
  private static Api api;
  private static String capsule;

  @TempDir
  private Path local;

  @BeforeAll
  static void start() throws Exception {
    stage = Stage.open("wpag", 216);
    platform = stage.platform();
    api = stage.api();
    browser = stage.browser();
    capsule = api.create();
    stage.signIn();
    browser.waitForText("1 running");
    browser.portraits("capsules");
  }

  @AfterAll
  static void stop() throws Exception {
    if (stage != null) {
      stage.close();
    }
  }

  @AfterEach
  void noErrorsInTheBrowser() {
    assertEquals(List.of(), browser.errors());
  }

  private static void page(String tab) {
    browser.open("capsules/" + capsule + "?tab=" + tab);
  }

  private static String out(String line) throws Exception {
    return api.sh(capsule, line).get("stdout").asText();
  }

  @Test
  void chartsShowPointsAfterSomeSecondsAndFollow() throws Exception {
    page("overview");
    int first = points("CPU, all vCPUs", 5);
    browser.find("wrenn-chart .u-wrap canvas");
    points("CPU, all vCPUs", first + 2);
    points("Memory", 5);
    browser.portraits("capsule-overview");
    browser.click("wrenn-chart[aria-label='Memory'] button.link");
    browser.waitForText("on the host");
    Await.until("rows of the table", LONG, () -> browser.all("wrenn-chart[aria-label='Memory'] td").size(), n -> n > 5);
    browser.clickText("#usage .segments button", "24h");
    Await.until("the chosen range", LONG, () -> browser.find("#usage .segments button[aria-pressed='true']").getText(), "24h"::equals);
  }

  /** Waits until a chart has so many points; how many it has then. */
  private static int points(String chart, int atLeast) {
    return Await.until(atLeast + " points of " + chart, LONG,
        () -> Integer.parseInt(browser.find("wrenn-chart[aria-label='" + chart + "']").getAttribute("points")), n -> n >= atLeast);
  }

  @Test
  void anAddressWithNothingAtItSaysSoAndLeadsBack() throws Exception {
    browser.open("nowhere/at/all");
    browser.waitForText("The console has nothing at /nowhere/at/all.");
    browser.portraits("not-there");
    browser.click("#to-capsules");
    browser.waitForText("running");
    browser.open("capsules");
    browser.find("#new-capsule");
  }

  @Test
  void filesGoIntoTheCapsuleAndOutAgain() throws Exception {
    byte[] noise = new byte[3_000_000];
    new Random(7).nextBytes(noise);
    Path script = Files.writeString(local.resolve("hello.py"), "# greets\nprint('hello from the console')\n");
    Path binary = Files.write(local.resolve("noise é.bin"), noise);
    out("mkdir -p /root/work");
    browser.open("capsules/" + capsule + "?tab=files&path=/root/work");
    browser.waitForText("empty");
    browser.choose("#upload", script, binary);
    browser.waitForText("2 entries");
    assertEquals("print('hello from the console')", out("tail -n 1 /root/work/hello.py").strip());

    browser.clickText(".file-name button", "hello.py");
    browser.find("wrenn-code .hljs-string");
    browser.portraits("capsule-files");
    browser.click("#file-edit");
    browser.type("wrenn-code textarea", Keys.chord(Keys.CONTROL, Keys.END), "print(6 * 7)", Keys.ENTER);
    browser.click("#file-save");
    browser.find("wrenn-code pre");
    assertEquals("# greets\nprint('hello from the console')\nprint(6 * 7)\n", out("cat /root/work/hello.py"));

    browser.click("#file-close");
    browser.waitForCount("#file-close", 0);
    browser.click("vaadin-menu-bar-item[aria-label='Actions for noise é.bin']");
    browser.clickMenu("Download");
    assertArrayEquals(noise, browser.downloaded("noise é.bin"));

    browser.clickText(".file-name button", "noise é.bin");
    browser.waitForText("Download it to look at it.");
    browser.click("#file-close");
    browser.waitForCount("#file-close", 0);
    browser.click("vaadin-menu-bar-item[aria-label='Actions for hello.py']");
    browser.clickMenu("Rename or move…");
    browser.type("vaadin-dialog input", Keys.chord(Keys.CONTROL, "a"), "sub/renamed.py", Keys.ENTER);
    Await.until("the moved file", LONG, () -> out("ls /root/work/sub").strip(), "renamed.py"::equals);

    browser.click("vaadin-menu-bar-item[aria-label='Actions for sub']");
    browser.clickMenu("Delete…");
    browser.waitForText("everything below it");
    browser.click("vaadin-button[slot='confirm-button']");
    browser.waitForText("1 entry");
    assertEquals("noise é.bin", out("ls /root/work").strip());
  }

  @Test
  void anEditDoesNotOverwriteWhatSomebodyElseWrote() throws Exception {
    out("mkdir -p /root/shared && echo first > /root/shared/note.txt");
    browser.open("capsules/" + capsule + "?tab=files&path=/root/shared");
    browser.clickText(".file-name button", "note.txt");
    browser.waitForText("first");
    browser.click("#file-edit");
    browser.type("wrenn-code textarea", "mine ");
    out("echo other > /root/shared/note.txt");
    browser.click("#file-save");
    browser.waitForText("Overwrite note.txt?");
    browser.screenshot("file-conflict");
    browser.click("vaadin-button[slot='reject-button']");
    browser.waitForText("other");
    assertEquals("other\n", out("cat /root/shared/note.txt"));
    browser.click("#file-edit");
    browser.type("wrenn-code textarea", "mine ");
    browser.click("#file-close");
    browser.waitForText("Discard what you typed?");
    browser.click("vaadin-button[slot='cancel-button']");
    browser.click("#file-save");
    Await.until("the saved file", LONG, () -> out("cat /root/shared/note.txt"), "mine other\n"::equals);
  }

  @Test
  void whatIsNoPlainFileIsSaidToBeThat() throws Exception {
    out("mkdir -p /root/odd/many && cd /root/odd && mkfifo pipe && ln -s /nowhere broken && ln -s /etc/passwd users && truncate -s 2M large"
        + " && cd many && seq -f file-%05g 3000 | xargs touch");
    browser.open("capsules/" + capsule + "?tab=files&path=/root/odd");
    browser.waitForText("5 entries");
    browser.waitForText("broken link");
    browser.waitForText("→ /etc/passwd");
    browser.portraits("capsule-files-odd");
    browser.clickText(".file-name button", "large");
    browser.waitForText("It has 2.0 MiB; up to 512 KiB are shown here.");
    browser.click("#file-close");
    browser.clickText(".file-name button", "many");
    browser.waitForText("3,000 entries");
    browser.waitForText("file-00001");
    // The browser holds the rows that are near, not all of them.
    assertTrue(browser.all(".file-name").size() < 300);
    browser.clickText(".crumbs button", "odd");
    browser.waitForText("5 entries");
    browser.open("capsules/" + capsule + "?tab=files&path=/not/there");
    browser.waitForText("/not/there can't be shown.");
  }

  @Test
  void aTerminalIsFoundAgainAfterABrokenConnectionAndAReload() throws Exception {
    page("terminal");
    browser.waitForText("attached");
    browser.waitForTerminal("root@");
    browser.typeBlind("marker=$((40+2)); echo kept-$marker", Keys.ENTER);
    browser.waitForTerminal("kept-42");
    browser.portraits("capsule-terminal");
    browser.script("document.querySelector('wrenn-terminal').screen.clear(); document.querySelector('wrenn-terminal').socket.close()");
    browser.waitForText("detached");
    browser.waitForText("attached");
    browser.waitForTerminal("kept-42");
    browser.typeBlind("echo again-$marker", Keys.ENTER);
    browser.waitForTerminal("again-42");
    browser.reload();
    browser.waitForTerminal("again-42");
    browser.typeBlind("echo reloaded-$marker", Keys.ENTER);
    browser.waitForTerminal("reloaded-42");
    browser.click("#run-command");
    browser.type("#run-line input", "echo second; read -r line; echo got-$line");
    browser.click("#run-start");
    browser.waitForTerminal("second");
    browser.typeBlind("this", Keys.ENTER);
    browser.waitForTerminal("got-this");
    browser.waitForText("ended with 0");
    assertEquals(2, browser.all(".terminal-tabs vaadin-tab").size());
    // Looking at another page and coming back changes nothing.
    browser.click("#tab-timeline");
    browser.find("#timeline");
    browser.click("#tab-terminal");
    browser.waitForTerminal("got-this");
    browser.clickText(".terminal-tabs vaadin-tab span", "1 shell");
    browser.waitForTerminal("reloaded-42");
    browser.click(".terminal-tabs vaadin-tab[selected] button");
    Await.until("the shell to end", LONG, () -> api.get("/v1/capsules/" + capsule + "/processes").json().get("processes").toString(), p -> !p.contains("pty-"));
  }

  @Test
  void processesAreListedWatchedAndEnded() throws Exception {
    String tag = api.background(capsule, "echo begun; while :; do echo tick; sleep 1; done");
    page("processes");
    browser.waitForText(tag);
    browser.portraits("capsule-processes");
    browser.clickText("#processes vaadin-button", "Attach");
    browser.waitForTerminal("begun");
    browser.waitForTerminal("tick");
    browser.click("#tab-processes");
    browser.waitForText(tag);
    browser.clickText("#processes vaadin-button", "TERM");
    browser.waitForText("Nothing runs");
    browser.screenshot("capsule-processes-empty");
  }

  @Test
  void theTimelineTellsHowItCameToRun() throws Exception {
    page("timeline");
    browser.waitForText("running");
    browser.waitForText("until now");
    String text = browser.find("#timeline").getText();
    assertTrue(text.indexOf("running") < text.indexOf("pending"), text);
    assertTrue(text.contains("boot"), text);
    browser.portraits("capsule-timeline");
  }

  @Test
  void theLogShowsWhatTheKernelWrote() throws Exception {
    page("logs");
    Await.until("output of the guest", LONG, () -> browser.find("wrenn-log pre").getText().length(), n -> n > 40);
    assertFalse(browser.find("wrenn-log pre").getText().contains("\u001b"));
    browser.portraits("capsule-logs");
  }

  @Test
  void aKeyIsMadeUsedAndRevoked() throws Exception {
    browser.open("keys");
    browser.click("#new-key");
    browser.find("vaadin-dialog input");
    browser.typeBlind("from the browser", Keys.ENTER);
    browser.waitForText("Copy it now");
    browser.portraits("key-made");
    String secret = browser.all("vaadin-dialog .code").getFirst().getText().strip();
    assertTrue(secret.matches("wrn_[0-9a-f]{32}"), "a key of the usual form");
    String snippet = browser.all("vaadin-dialog .code").getLast().getText();
    assertTrue(snippet.contains("WRENN_API_KEY=" + secret) && snippet.contains("WRENN_BASE_URL=" + platform.base().toString().replaceAll("/$", "")));
    Api with = new Api(platform.base(), "X-API-Key", secret);
    assertEquals(200, with.get("/v1/capsules").status());
    assertEquals(200, new Api(platform.base(), "X-API-Key", secret.replace("wrn_", "e2b_")).get("/v1/capsules").status());
    browser.click("#key-copied");
    browser.reload();
    browser.waitForText("from the browser");
    assertFalse(browser.text().contains(secret));
    browser.portraits("keys");
    browser.click("vaadin-button[aria-label='Revoke from the browser']");
    browser.waitForText("is refused from now on");
    browser.screenshot("key-revoke");
    browser.click("vaadin-button[slot='confirm-button']");
    browser.waitForNoText("from the browser");
    assertEquals(401, with.get("/v1/capsules").status());
  }

  @Test
  void theTeamsMetricsCountTheCapsule() throws Exception {
    browser.open("metrics");
    browser.waitForText("Most running, 30 days");
    browser.clickText("#team-charts .segments button", "5m");
    points("Running capsules", 2);
    browser.waitForText("Usage by day");
    browser.portraits("metrics");
  }

  @Test
  void aCapsuleIsPausedResumedSavedAndForked() throws Exception {
    String own = api.post("/v1/capsules", "{\"memory_mb\":256}").expect(201).json().get("id").asText();
    String tag = api.background(own, "while :; do sleep 1; done");
    browser.open("capsules/" + own);
    points("Memory", 3);
    browser.click("#tab-processes");
    browser.waitForText(tag);
    browser.click("#pause");
    browser.waitForText("This capsule is paused");
    browser.portraits("capsule-paused");
    browser.click("#tab-logs");
    browser.waitForText("Logs come back with it");
    browser.click("#tab-overview");
    browser.waitForText("As it was kept when the capsule was paused");
    points("Memory", 3);
    browser.portraits("capsule-paused-overview");

    browser.open("");
    menu(own, "Resume");
    Await.until("the capsule to go on", LONG, () -> api.capsule(own).get("status").asText(), "running"::equals);
    browser.open("capsules/" + own + "?tab=timeline");
    browser.waitForText("pausing");
    String text = browser.find("#timeline").getText();
    assertTrue(text.contains("paused") && text.contains("resuming"), text);
    browser.portraits("capsule-resumed-timeline");

    menu(own, "Save as template…");
    browser.type("vaadin-dialog input", "from-browser");
    browser.screenshot("template-dialog");
    browser.click("#save-template");
    browser.waitForText("Saved template from-browser");
    browser.open("templates");
    browser.waitForText("from-browser");
    browser.portraits("templates");
    browser.click("vaadin-button[aria-label='New capsule from from-browser']");
    browser.waitForText("the template fixes vCPUs and memory");
    browser.portraits("create-from-template");
    browser.click("#create");
    browser.waitForAddress("capsules/cl-");
    String made = browser.address().replaceAll(".*(cl-[0-9a-z]+).*", "$1");
    browser.open("capsules/" + made + "?tab=processes");
    browser.waitForText(tag);
    assertEquals(256, api.capsule(made).get("memory_mb").asInt());
    deleteTemplate();
    browser.waitForText("is used by 1 capsules");
    browser.screenshot("template-in-use");
    api.destroy(made);
    deleteTemplate();
    browser.waitForText("0 saved by your team");

    browser.open("capsules/" + own);
    menu(own, "Fork…");
    browser.type("vaadin-dialog input", Keys.chord(Keys.CONTROL, "a"), "2");
    browser.screenshot("fork-dialog");
    browser.click("#fork");
    browser.waitForText("2 copies run.");
    browser.portraits("forked");
    List<String> copies = browser.all("vaadin-dialog a.row-link").stream().map(org.openqa.selenium.WebElement::getText).toList();
    assertEquals(2, copies.size());
    browser.clickText("vaadin-dialog a.row-link", copies.getLast());
    browser.waitForAddress(copies.getLast());
    browser.waitForNoText("2 copies run.");
    browser.click("#tab-processes");
    browser.waitForText(tag);
    for (String copy : copies) {
      api.destroy(copy);
    }
    api.destroy(own);
  }

  @Test
  void aCapsuleWhoseMemoryWasLostBootsFromItsDisk() throws Exception {
    String own = api.post("/v1/capsules", "{\"memory_mb\":256}").expect(201).json().get("id").asText();
    api.sh(own, "echo on-disk > /root/kept && sync");
    api.post("/v1/capsules/" + own + "/pause", "{}").expect(200);
    spoilMemory();
    browser.open("capsules/" + own + "?tab=terminal");
    browser.clickText(".empty vaadin-button", "Resume");
    browser.waitForText("It could not be resumed");
    browser.portraits("resume-failed");
    browser.click("vaadin-button[slot='confirm-button']");
    browser.waitForText("attached");
    browser.waitForTerminal("root@");
    assertEquals("on-disk\n", api.sh(own, "cat /root/kept").get("stdout").asText());
    api.destroy(own);
  }

  /** Cuts every saved page of memory off; no other capsule is paused in this platform. */
  private static void spoilMemory() throws Exception {
    List<Path> layers;
    try (var files = Files.walk(platform.data())) {
      layers = files.filter(f -> f.getParent().endsWith("layers") && Files.isRegularFile(f)).toList();
    }
    assertFalse(layers.isEmpty(), "the pause left layers below " + platform.data());
    for (Path layer : layers) {
      try (var channel = java.nio.channels.FileChannel.open(layer, java.nio.file.StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
    }
  }

  private static void menu(String id, String item) {
    browser.click("vaadin-menu-bar-item[aria-label='Actions for " + id + "']");
    browser.clickMenu(item);
  }

  private static void deleteTemplate() {
    browser.open("templates");
    browser.click("vaadin-button[aria-label='Delete from-browser']");
    browser.waitForText("No capsule can be made from it any more.");
    browser.click("vaadin-button[slot='confirm-button']");
  }

  @Test
  void aPageThatWasLeftIsForgotten() throws Exception {
    for (String tab : List.of("overview", "files", "processes", "ports", "timeline", "logs")) {
      page(tab);
      browser.find("#tab-" + tab + "[selected]");
      browser.waitForText("running");
    }
    page("files");
    browser.waitForText("entries");
    assertTrue(platform.figures().instances("dev.wrenn.console.DirectoryWatch") > 0);
    browser.open("/health");
    for (String type : List.of("Poll", "DirectoryWatch", "FilesPanel", "UsageCharts", "CapsuleView", "Live")) {
      Await.until("no " + type + " in the heap", LONG, () -> platform.figures().instances("dev.wrenn.console." + type), n -> n == 0);
    }
  }

  @Test
  void hostsAreShownInBothSchemes() throws Exception {
    browser.open("hosts");
    browser.waitForText("accelerator");
    browser.portraits("hosts");
  }

  @Test
  void aPortIsSeenOpenedAndClosed() throws Exception {
    api.background(capsule, "mkdir -p /root/site && cd /root/site && echo served >index.html && python3 -m http.server 8000");
    page("ports");
    browser.waitForText("listening");
    browser.waitForText("8000-" + capsule + ".localhost:");
    browser.click(".make-private");
    browser.waitForText("holders of the port token");
    browser.portraits("capsule-ports");
    String answer = request(8000);
    assertTrue(answer.startsWith("HTTP/1.1 403"), answer);
    browser.click(".make-public");
    browser.waitForText("everybody with the address");
    Await.until("the page of the capsule", LONG, () -> request(8000), a -> a.contains("served"));
    browser.click("#port-tokens");
    browser.waitForText("X-Wrenn-Port-Token: ");
  }

  /** Plain HTTP with the host name of a port, which no resolver of this machine need know. */
  private static String request(int port) throws Exception {
    try (java.net.Socket socket = new java.net.Socket("127.0.0.1", platform.base().getPort())) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(("GET / HTTP/1.1\r\nHost: " + port + "-" + capsule + ".localhost\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
