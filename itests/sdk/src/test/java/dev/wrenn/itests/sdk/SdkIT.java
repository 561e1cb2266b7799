package dev.wrenn.itests.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** E2B's published SDKs, unmodified, told of the platform by three variables only; docs/compatibility.md has the table. */
class SdkIT {
  private static final Path SOURCES = Path.of("src/test").toAbsolutePath();
  private static final Path WORK = Path.of("target/sdk").toAbsolutePath();
  /** Fewer checks than this would mean that a suite ended before its time. */
  private static final int LEAST_CHECKS = 19;

  private static Optional<RunningPlatform> own = Optional.empty();
  private static Map<String, String> variables;

  @BeforeAll
  static void start() throws Exception {
    Map<String, String> env = System.getenv();
    own = env.containsKey("WRENN_BASE_URL") ? Optional.empty() : Optional.of(RunningPlatform.start("wrsdk", 89));
    String base = own.map(RunningPlatform::base).orElseGet(() -> URI.create(env.get("WRENN_BASE_URL"))).toString().replaceFirst("/$", "");
    String key = own.map(RunningPlatform::apiKey).orElseGet(() -> env.get("WRENN_API_KEY")).replaceFirst("^wrn_", "e2b_");
    variables = Map.of("E2B_API_KEY", key, "E2B_API_URL", base, "E2B_SANDBOX_URL", base);
    Files.createDirectories(WORK);
    for (String file : List.of("package.json", "package-lock.json", ".npmrc", "suite.mjs")) {
      Files.copy(SOURCES.resolve("js").resolve(file), WORK.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    Suite.prepare(List.of("npm", "ci", "--ignore-scripts"), WORK, WORK.resolve("npm.log"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (own.isPresent()) {
      own.get().close();
      assertEquals(List.of(), own.get().leftovers());
    }
  }

  @TestFactory
  List<DynamicTest> javaScript_2_14_1() throws Exception {
    return javaScript("2.14.1");
  }

  @TestFactory
  List<DynamicTest> javaScript_2_28_2() throws Exception {
    return javaScript("2.28.2");
  }

  @TestFactory
  List<DynamicTest> javaScript_2_45_0() throws Exception {
    return javaScript("2.45.0");
  }

  @TestFactory
  List<DynamicTest> javaScript_2_51_0() throws Exception {
    return javaScript("2.51.0");
  }

  @TestFactory
  List<DynamicTest> python_2_45_1() throws Exception {
    return python("2.45.1");
  }

  @TestFactory
  List<DynamicTest> python_2_63_0() throws Exception {
    return python("2.63.0");
  }

  private static List<DynamicTest> javaScript(String release) throws IOException, InterruptedException {
    return tests(Suite.run(List.of("node", "suite.mjs", "e2b-" + release, release), WORK, variables, WORK.resolve("js-" + release + ".log")));
  }

  private static List<DynamicTest> python(String release) throws IOException, InterruptedException {
    Path venv = WORK.resolve("python-" + release);
    Path log = WORK.resolve("pip-" + release + ".log");
    Suite.prepare(List.of("python3", "-m", "venv", venv.toString()), WORK, log);
    Suite.prepare(List.of(venv.resolve("bin/pip").toString(), "install", "--disable-pip-version-check", "-r",
        SOURCES.resolve("python/requirements-" + release + ".txt").toString()), WORK, log);
    return tests(Suite.run(List.of(venv.resolve("bin/python").toString(), SOURCES.resolve("python/suite.py").toString()), WORK, variables,
        WORK.resolve("python-" + release + ".log")));
  }

  private static List<DynamicTest> tests(Suite.Report report) {
    List<DynamicTest> tests = new ArrayList<>();
    for (Suite.Check check : report.checks()) {
      tests.add(DynamicTest.dynamicTest(check.name(), () -> assertEquals("", check.trouble())));
    }
    tests.add(DynamicTest.dynamicTest("the suite came to its end", () -> {
      assertEquals(0, report.exit(), () -> "see " + report.output());
      assertTrue(report.checks().size() >= LEAST_CHECKS, () -> "only " + report.checks().size() + " checks in " + report.output());
    }));
    return tests;
  }
}
