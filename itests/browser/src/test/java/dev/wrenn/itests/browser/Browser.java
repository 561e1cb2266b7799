package dev.wrenn.itests.browser;

import dev.wrenn.itests.Await;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
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
  private final Path downloads;

  Browser(URI base) throws IOException {
    this.console = base.resolve("console/");
    this.profile = Files.createTempDirectory("wrenn-chromium");
    this.downloads = Files.createDirectory(profile.resolve("downloads"));
    ChromeOptions options = new ChromeOptions();
    options.setBinary("/usr/bin/chromium");
    options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + profile);
    options.setExperimentalOption("prefs", java.util.Map.of("download.default_directory", downloads.toString(), "download.prompt_for_download", false));
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

  /** As wide as a phone held upright. */
  void narrow() {
    size(480, 900);
  }

  void wide() {
    size(1360, 860);
  }

  private void size(int width, int height) {
    driver.manage().window().setSize(new Dimension(width, height));
  }

  void reload() {
    driver.navigate().refresh();
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css)).stream().filter(WebElement::isDisplayed).toList();
  }

  /** A click on the first visible element of that kind whose text is that. */
  void clickText(String css, String text) {
    Await.until("a click on " + css + " '" + text + "'", SOON, () -> {
      all(css).stream().filter(e -> e.getText().strip().equals(text)).findFirst().orElseThrow().click();
      return true;
    }, done -> done);
  }

  /** A menu follows what it belongs to, and a click goes to a place. */
  private void standsStill(Object element) {
    AtomicReference<Object> before = new AtomicReference<>();
    Await.until("the element to stand still", SOON, () -> {
      Object now = script("return JSON.stringify(arguments[0].getBoundingClientRect())", element);
      return now.equals(before.getAndSet(now));
    }, still -> still);
  }

  /** An item of the menu that is open; the driver takes what lies in a menu's layer for hidden. */
  void clickMenu(String text) {
    Object item = Await.until("the menu item " + text, SOON, () -> script("return [...document.querySelectorAll('vaadin-menu-bar-list-box > *')]"
        + ".find(i => i.textContent.trim() === arguments[0] && i.getClientRects().length)", text), java.util.Objects::nonNull);
    standsStill(item);
    new Actions(driver).moveToElement((WebElement) item).click().perform();
  }

  void waitForCount(String css, int count) {
    Await.until(count + " of " + css, SOON, () -> all(css).size(), n -> n == count);
  }

  /** Gives local files to a file input, as the file dialog would. */
  void choose(String css, Path... files) {
    // The input of an upload is in its shadow tree and never shown.
    WebElement input = (WebElement) script("return document.querySelector(arguments[0]).shadowRoot.querySelector('input[type=file]')"
        + " || document.querySelector(arguments[0]).querySelector('input[type=file]')", css);
    input.sendKeys(String.join("\n", java.util.Arrays.stream(files).map(Path::toString).toList()));
  }

  /** Drags local files from outside onto an element and lets go. */
  void drop(String css, Path... files) {
    org.openqa.selenium.Rectangle place = find(css).getRect();
    java.util.Map<String, Object> data = java.util.Map.of("items", List.of(), "dragOperationsMask", 1,
        "files", java.util.Arrays.stream(files).map(Path::toString).toList());
    for (String step : List.of("dragEnter", "dragOver", "drop")) {
      driver.executeCdpCommand("Input.dispatchDragEvent", java.util.Map.of("type", step, "data", data,
          "x", place.x + place.width / 2, "y", place.y + place.height / 2));
    }
  }

  /** The whole of a downloaded file, once it is there. */
  byte[] downloaded(String name) throws IOException {
    Path file = downloads.resolve(name);
    Await.until("the download " + name, Duration.ofSeconds(40), () -> Files.exists(file) && !Files.exists(downloads.resolve(name + ".crdownload")), b -> b);
    return Files.readAllBytes(file);
  }

  /** Of the page that is shown: wide and narrow, light and dark. */
  void portraits(String name) throws IOException {
    for (String scheme : List.of("light", "dark")) {
      script("window.wrenn.setScheme(arguments[0])", scheme);
      narrow();
      settle();
      screenshot(name + "-narrow-" + scheme);
      wide();
      settle();
      screenshot(name + "-wide-" + scheme);
    }
  }

  /** Two frames have been drawn, so that what follows a change of size is in the picture. */
  private void settle() {
    ((JavascriptExecutor) driver).executeAsyncScript("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))");
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
