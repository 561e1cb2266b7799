package dev.wrenn.itests.browser;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.time.Duration;

/** A platform whose console answers, and a browser before it. */
record Stage(RunningPlatform platform, Api api, Browser browser) implements AutoCloseable {
  private static final Duration CONSOLE = Duration.ofSeconds(90);

  static Stage open(String prefix, int subnet) throws Exception {
    RunningPlatform platform = RunningPlatform.start(prefix, subnet);
    try {
      Api api = platform.api();
      // The console is a web application of its own and may come some moments after the API.
      Await.until("the console", CONSOLE, () -> api.get("/console/").status(), status -> status == 200);
      return new Stage(platform, api, new Browser(platform.base()));
    } catch (Exception | AssertionError e) {
      platform.close();
      throw e;
    }
  }

  void signIn() {
    browser.open("");
    browser.type("#email input", platform.email());
    browser.type("#password input", platform.password());
    browser.click("#sign-in");
  }

  @Override
  public void close() throws Exception {
    try {
      browser.close();
    } finally {
      platform.close();
    }
  }
}
