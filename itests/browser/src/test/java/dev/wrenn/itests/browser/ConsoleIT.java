package dev.wrenn.itests.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.openqa.selenium.Keys;

/** The console as a person uses it, with real capsules behind it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleIT {
  private static Stage stage;
  private static RunningPlatform platform;
  private static Browser browser;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    stage = Stage.open("wbrw", 215);
    platform = stage.platform();
    api = stage.api();
    browser = stage.browser();
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

  @Test
  @Order(1)
  void strangersAreSentToSignIn() throws Exception {
    browser.open("capsules/cl-0000000000000000000000000?tab=terminal");
    browser.waitForAddress("sign-in");
    browser.find("#email input");
    browser.screenshot("sign-in");
    browser.type("#email input", platform.email());
    browser.type("#password input", "not the password", Keys.ENTER);
    browser.waitForText("That did not work.");
    browser.screenshot("sign-in-refused");
  }

  @Test
  @Order(2)
  void theFirstAdminSignsInAndSeesAnEmptyList() throws Exception {
    browser.open("");
    browser.type("#email input", platform.email());
    browser.type("#password input", platform.password());
    browser.click("#sign-in");
    browser.waitForText("No capsule to show");
    browser.screenshot("capsules-empty");
  }

  @Test
  @Order(3)
  void aCapsuleIsMadeInTheDialogAndItsTerminalWorks() throws Exception {
    browser.open("");
    browser.click("#new-capsule");
    browser.waitForText("Create a capsule");
    browser.screenshot("create-dialog");
    browser.click("#create");
    browser.waitForAddress("capsules/cl-");
    browser.waitForText("running");
    browser.waitForText("How it came to run");
    browser.waitForText("CPU, all vCPUs");
    browser.screenshot("capsule-info");
    browser.click("#tab-terminal");
    browser.waitForText("attached");
    browser.waitForTerminal("root@");
    browser.typeBlind("echo answer $((6*7)); ls --color=always -la /", Keys.ENTER);
    browser.waitForTerminal("answer 42");
    browser.screenshot("capsule-terminal");
    browser.typeBlind("tput cols; stty size; exit 3", Keys.ENTER);
    browser.waitForText("The shell ended with 3.");
  }

  @Test
  @Order(4)
  void theListFollowsWhatHappensElsewhere() throws Exception {
    browser.open("");
    browser.waitForText("1 running");
    String other = api.create();
    Await.until("the new row, pushed", Duration.ofSeconds(20), browser::ids, ids -> ids.contains(other));
    browser.waitForText("2 running");
    browser.screenshot("capsules");
    browser.type("vaadin-text-field input", other.substring(0, 12));
    Await.until("only the row that was searched", Duration.ofSeconds(20), browser::ids, List.of(other)::equals);
    browser.waitForAddress("q=" + other.substring(0, 12));
    api.destroy(other);
    Await.until("the row to go, pushed", Duration.ofSeconds(20), browser::ids, List::isEmpty);
  }

  @Test
  @Order(5)
  void aCapsuleIsDestroyedAfterConfirmation() throws Exception {
    String id = api.capsules().getFirst();
    browser.open("capsules/" + id);
    browser.click("#destroy");
    browser.waitForText("This can't be undone.");
    browser.screenshot("destroy-dialog");
    browser.click("vaadin-button[slot='confirm-button']");
    browser.waitForText("No capsule to show");
    Await.until("a stopped capsule", Duration.ofSeconds(20), () -> api.capsule(id).get("status").asText(), "stopped"::equals);
    browser.open("capsules/" + id);
    browser.waitForText("stopped");
  }

  @Test
  @Order(6)
  void driversSayWhatTheyCanDo() throws Exception {
    browser.open("hosts");
    browser.waitForText("qemu hypervisor");
    browser.waitForText("accelerator");
    browser.screenshot("hosts");
    browser.narrow();
    browser.screenshot("hosts-narrow");
    browser.wide();
    assertTrue(browser.text().contains("usable"));
  }

  @Test
  @Order(7)
  void signingOutEndsIt() throws Exception {
    browser.open("");
    browser.click("#sign-out");
    browser.waitForAddress("sign-in");
    browser.open("hosts");
    browser.waitForAddress("sign-in");
  }
}
