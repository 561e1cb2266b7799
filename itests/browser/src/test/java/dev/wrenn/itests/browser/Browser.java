package dev.wrenn.itests.browser;

import dev.wrenn.itests.Await;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;

/** Debian's Chromium without a window, on one console. Screenshots are build output. */
final class Browser implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);
  private final ChromeDriver driver;
  private final URI console;
  private final Path profile;

  Browser(URI base) throws IOException {
    this.console = base.resolve("console/");
    this.profile = Files.createTempDirectory("wrenn-chromium");
    ChromeOptions options = new ChromeOptions();
    options.setBinary("/usr/bin/chromium");
    options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + profile);
    driver = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(new File("/usr/bin/chromedriver")).build(), options);
    driver.manage().window().setSize(new Dimension(1360, 860));
  }

  void open(String path) {
    driver.get(console.resolve(path).toString());
  }

  String address() {
    return driver.getCurrentUrl();
  }

  String text() {
    return driver.findElement(By.tagName("body")).getText();
  }

  WebElement find(String css) {
    return Await.until("element " + css, SOON, () -> driver.findElements(By.cssSelector(css)).stream().filter(WebElement::isDisplayed).findFirst(),
        java.util.Optional::isPresent).orElseThrow();
  }

  void click(String css) {
    Await.until("a click on " + css, SOON, () -> {
      find(css).click();
      return true;
    }, done -> done);
  }

  void type(String css, CharSequence... keys) {
    find(css).sendKeys(keys);
  }

  /** To whatever has the focus. */
  void typeBlind(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  void waitForText(String text) {
    Await.until("the text '" + text + "'", Duration.ofSeconds(40), this::text, t -> t.contains(text));
  }

  void waitForNoText(String text) {
    Await.until("the text '" + text + "' to go", Duration.ofSeconds(40), this::text, t -> !t.contains(text));
  }

  void waitForAddress(String part) {
    Await.until("an address with " + part, Duration.ofSeconds(40), this::address, a -> a.contains(part));
  }

  void waitForTerminal(String text) {
    Await.until("'" + text + "' in the terminal", Duration.ofSeconds(30),
        () -> String.valueOf(script("return [...document.querySelectorAll('.xterm-rows > div')].map(d => d.textContent).join('\\n')")),
        screen -> screen.contains(text));
  }

  Object script(String script, Object... arguments) {
    return ((JavascriptExecutor) driver).executeScript(script, arguments);
  }

  List<String> ids() {
    return driver.findElements(By.cssSelector("a.row-link")).stream().filter(WebElement::isDisplayed).map(WebElement::getText).filter(t -> !t.isEmpty()).toList();
  }

  void narrow() {
    driver.manage().window().setSize(new Dimension(640, 860));
  }

  void wide() {
    driver.manage().window().setSize(new Dimension(1360, 860));
  }

  void screenshot(String name) throws IOException {
    Path directory = Files.createDirectories(Path.of(System.getProperty("wrenn.screenshots", "target/screenshots")));
    script("document.querySelectorAll('vaadin-notification-card').forEach(n => n.remove())");
    Files.write(directory.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
  }

  /** Errors that the browser logged, without those of requests that a test broke on purpose. */
  List<String> errors() {
    return driver.manage().logs().get("browser").getAll().stream()
        .filter(e -> e.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue()).map(Object::toString)
        .filter(e -> !e.contains("favicon")).toList();
  }

  @Override
  public void close() throws IOException {
    driver.quit();
    try (var files = Files.walk(profile)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    }
  }
}
