package dev.wrenn.itests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The assembled distribution as a process of its own, with ports, directories and networks of its own, so that it can be killed and
 * started again while its capsules run. Not thread-safe.
 *
 * <p>System properties: {@code wrenn.dist} the tar.gz, {@code wrenn.guest} the directory with kernel, initrd and images,
 * {@code wrenn.work} where it is unpacked.
 */
public final class RunningPlatform implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(180);
  /** Main class of the process that delivers memory to capsules: it is there to outlive the platform. */
  private static final String PAGER = "dev.wrenn.uffd.pager.PagerMain";
  private final String prefix;
  private final Path home;
  private final Path data;
  private final int httpPort;
  private final int sshPort;
  private final int subnet;
  private final Footprint footprint;
  private final Map<String, String> environment = new HashMap<>();
  private int gatePort;
  private Process launcher;
  private Properties admin;
  private String key;

  private RunningPlatform(String prefix, Path work, int httpPort, int sshPort, int subnet) {
    this.prefix = prefix;
    this.home = work.resolve("karaf");
    this.data = work.resolve("data");
    this.httpPort = httpPort;
    this.sshPort = sshPort;
    this.subnet = subnet;
    footprint = new Footprint(prefix, data);
  }

  /**
   * Unpacks, configures and starts a platform and waits until it makes capsules.
   *
   * @param prefix at most six letters; names its network namespaces and control groups, apart from every other platform
   * @param subnet second number of its 10.N.0.0/16
   * @param host settings of its host beside those of the distribution, as {@code maxCapsules = 10}
   */
  public static RunningPlatform start(String prefix, int subnet, String... host) throws IOException, InterruptedException {
    RunningPlatform platform = unpacked(prefix, subnet);
    Files.write(platform.home.resolve("etc/dev.wrenn.host.cfg"), List.of(host), StandardOpenOption.APPEND);
    platform.launch();
    return platform;
  }

  /**
   * The same with settings of any bundle.
   *
   * @param settings name of a configuration file, and lines for its end
   */
  public static RunningPlatform start(String prefix, int subnet, Map<String, List<String>> settings) throws IOException, InterruptedException {
    RunningPlatform platform = unpacked(prefix, subnet);
    for (Map.Entry<String, List<String>> each : settings.entrySet()) {
      Files.write(platform.home.resolve("etc").resolve(each.getKey()), each.getValue(), StandardOpenOption.APPEND);
    }
    platform.launch();
    return platform;
  }

  /** Unpacks one that is still to be configured and launched, after the end of what an interrupted run left under its prefix. */
  public static RunningPlatform unpacked(String prefix, int subnet) throws IOException, InterruptedException {
    Path work = Path.of(System.getProperty("wrenn.work", "target/platform")).toAbsolutePath().resolve(prefix);
    RunningPlatform platform = new RunningPlatform(prefix, work, freePort(), freePort(), subnet);
    platform.footprint.clear();
    platform.unpack();
    return platform;
  }

  /**
   * The same with the simulated drivers for all capsules, and room for a thousand of those on any machine.
   *
   * @param drivers the bundle of the simulated drivers
   */
  public static RunningPlatform startSimulated(String prefix, int subnet, Path drivers) throws IOException, InterruptedException {
    RunningPlatform platform = unpacked(prefix, subnet);
    platform.boot("sim", drivers);
    Files.writeString(platform.home.resolve("etc/dev.wrenn.host.cfg"), """

        preferredHypervisor = sim
        preferredStorage = sim
        preferredNetwork = sim
        maxCapsules = 2000
        cpuOvercommitPercent = 1000000
        memoryOvercommitPercent = 100000
        diskOvercommitPercent = 100000
        """, StandardOpenOption.APPEND);
    platform.launch();
    return platform;
  }

  /** Adds settings to those of the distribution. @param lines as {@code maxCapsules = 10} */
  public void configure(String pid, String... lines) throws IOException {
    Files.write(home.resolve("etc").resolve(pid + ".cfg"), List.of(lines), StandardOpenOption.APPEND, StandardOpenOption.CREATE);
  }

  /** Lets {@link #gate} hold it at the steps of capsules, that many at a time. From the next launch on. */
  public void canBeHeld(int steps) throws IOException {
    gatePort = freePort();
    environment.put("EXTRA_JAVA_OPTS", StepGate.options(gatePort, steps + 8));
  }

  /** Holds the JVM that runs now. */
  public StepGate gate() throws IOException {
    return StepGate.attach(gatePort);
  }

  /** Has it install one more bundle with its own features. */
  private void boot(String feature, Path bundle) throws IOException {
    Path features = home.resolve("etc").resolve(feature + "-features.xml");
    Files.writeString(features, "<features name=\"" + feature + "\" xmlns=\"http://karaf.apache.org/xmlns/features/v1.6.0\"><feature name=\""
        + feature + "\" version=\"1\"><feature>wrenn-driver-spi</feature><bundle>" + bundle.toUri() + "</bundle></feature></features>\n");
    Path config = home.resolve("etc/org.apache.karaf.features.cfg");
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(config)) {
      lines.add(line.startsWith("featuresBoot=") ? line + "," + feature
          : line.startsWith("featuresRepositories=") ? line + ", " + features.toUri().toString().replace(":", "\\:") : line);
    }
    Files.write(config, lines);
  }

  private void unpack() throws IOException, InterruptedException {
    if (Files.exists(home)) {
      run(List.of("rm", "-rf", home.getParent().toString()));
    }
    Files.createDirectories(home);
    Files.createDirectories(data);
    run(List.of("tar", "-xzf", required("wrenn.dist"), "-C", home.toString(), "--strip-components=1"));
    // A capsule that takes over a ready guest has its things under that one's name, which tests that look at processes would miss.
    configure("dev.wrenn.host", "", "warmReady = 0");
  }

  /** Starts it and waits until it makes capsules. */
  public void launch() throws IOException, InterruptedException {
    Path guest = data.resolve("guest");
    if (!Files.exists(guest)) {
      Files.createSymbolicLink(guest, Path.of(required("wrenn.guest")).toAbsolutePath().normalize());
    }
    ProcessBuilder builder = new ProcessBuilder("setsid", home.resolve("bin/karaf").toString(), "server");
    builder.environment().put("WRENN_DIR", data.toString());
    builder.environment().put("WRENN_CP_LISTEN_ADDR", "127.0.0.1:" + httpPort);
    builder.environment().put("WRENN_SSH_PORT", Integer.toString(sshPort));
    builder.environment().put("WRENN_PREFIX", prefix);
    builder.environment().put("WRENN_SUBNET", "10." + subnet + ".0.0/16");
    builder.environment().remove("WRENN_ROLE");
    builder.environment().remove("DATABASE_URL");
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(data.resolve("console.log").toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    launcher = builder.start();
    Api anonymous = new Api(base());
    Await.until("a platform that is healthy", START, () -> launcher.isAlive() ? anonymous.get("/health").status() : fail(), s -> s == 200);
    if (key == null) {
      signIn(anonymous);
    }
    Await.until("a host that accepts capsules", START, () -> adminApi().get("/v1/hosts").expect(200).json(),
        hosts -> hosts.size() > 0 && hosts.get(0).path("accepting").asBoolean());
  }

  private Integer fail() throws IOException {
    throw new AssertionError("The platform ended: " + Files.readString(data.resolve("console.log")));
  }

  private void signIn(Api anonymous) throws IOException, InterruptedException {
    Path file = data.resolve("first-admin.properties");
    admin = new Properties();
    Await.until("the first admin's file", START, () -> Files.exists(file), b -> b);
    try (InputStream in = Files.newInputStream(file)) {
      admin.load(in);
    }
    // The file is written before the account, so that a crash between them loses no password.
    Await.until("the first admin's account", START, () -> anonymous.post("/v1/auth/login",
        "{\"email\":\"" + email() + "\",\"password\":\"" + password() + "\"}").status(), status -> status == 200);
    key = adminApi().post("/v1/api-keys", "{\"name\":\"test\"}").expect(201).json().get("key").asText();
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + httpPort + "/");
  }

  public String apiKey() {
    return key;
  }

  public String email() {
    return admin.getProperty("email");
  }

  public String password() {
    return admin.getProperty("password");
  }

  public Path data() {
    return data;
  }

  /** The command of a login to its shell; words behind it are a command there. */
  public List<String> ssh() {
    return List.of("ssh", "-q", "-p", Integer.toString(sshPort), "-i", data.resolve("karaf/shell-key").toString(), "-o", "IdentitiesOnly=yes",
        "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "admin@127.0.0.1");
  }

  public String prefix() {
    return prefix;
  }

  /** A client with the team's API key. */
  public Api api() {
    return new Api(base(), "X-API-Key", key);
  }

  /** A client that has just signed in as the first admin. */
  public Api adminApi() throws IOException, InterruptedException {
    JsonNode session = new Api(base()).post("/v1/auth/login",
        "{\"email\":\"" + email() + "\",\"password\":\"" + password() + "\"}").expect(200).json();
    return new Api(base(), "Authorization", "Bearer " + session.get("token").asText());
  }

  /** SIGKILL to the Java process, and nothing else. */
  public void killDashNine() throws InterruptedException {
    List<ProcessHandle> all = Stream.concat(Stream.of(launcher.toHandle()), launcher.descendants())
        .filter(RunningPlatform::isJvmOrScript).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    if (!launcher.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("The platform outlived SIGKILL");
    }
    all.forEach(p -> p.onExit().join());
  }

  /** Starts it again where it was. */
  public void startAgain() throws IOException, InterruptedException {
    launch();
  }

  /** What its JVM uses: of the one that runs now. */
  public JvmFigures figures() {
    return new JvmFigures(jvm());
  }

  /** The JVM of the platform. */
  public long jvm() {
    return Stream.concat(Stream.of(launcher.toHandle()), launcher.descendants())
        .filter(p -> p.info().command().orElse("").endsWith("/java")).mapToLong(ProcessHandle::pid).findFirst().orElseThrow();
  }

  /** Processes of microVMs of this platform, by pid; not those that its host boots for itself, to keep them: they come and go as it likes. */
  public List<Long> microVms() throws IOException {
    return footprint.microVms(false);
  }

  /** The processes that deliver memory to capsules. */
  public List<ProcessHandle> pagers() throws IOException {
    return footprint.pagers();
  }

  /** What the platform has on the machine beside itself: microVMs, disks, directories of capsules, control groups, used networks. */
  public List<String> leftovers() throws IOException {
    return footprint.leftovers();
  }

  /** Waits until capsules of that size, with the template that everyone has, need no boot. */
  public void awaitKept(int vcpus, int memoryMb) throws IOException, InterruptedException {
    Api admins = adminApi();
    String size = "minimal/" + vcpus + "/" + memoryMb;
    Await.until("a booted guest of " + size, START, () -> admins.get("/v1/hosts").expect(200).json().at("/0/facts/warm").asText(),
        kept -> List.of(kept.split(", ")).contains(size));
  }

  /** Waits until a guest of that size waits for a capsule, where the host is configured to have one. */
  public void awaitReady(int vcpus, int memoryMb) throws IOException, InterruptedException {
    Api admins = adminApi();
    Await.until("a ready guest", START, () -> admins.get("/v1/hosts").expect(200).json().at("/0/facts/ready").asText(),
        ready -> List.of(ready.split(", ")).contains("minimal/" + vcpus + "/" + memoryMb));
  }

  /** What is stored of pauses, templates and captured disks, whoever may still use it. */
  public List<String> stored() throws IOException {
    return footprint.stored();
  }

  /** Capsules of which the host's journal says that something is there; all of it is in the file only once the platform has ended in order. */
  public Set<String> journal() throws IOException {
    return footprint.journal();
  }

  /** The microVM of that capsule. */
  public long microVm(String capsule) throws IOException {
    for (long pid : microVms()) {
      if (Files.readString(Path.of("/proc", Long.toString(pid), "cgroup")).contains("/" + capsule + ".")) {
        return pid;
      }
    }
    throw new AssertionError("no microVM of " + capsule);
  }

  /** Where the host reaches the guest of a capsule that has a network of its own. */
  public String address(String capsule) throws IOException {
    Properties facts = new Properties();
    try (InputStream in = Files.newInputStream(Path.of("/run", prefix, "net", "capsule-" + capsule))) {
      facts.load(in);
    }
    // Slot N has two addresses: the host's end and the guest's.
    int number = 2 * Integer.parseInt(facts.getProperty("slot")) + 1;
    return "10." + subnet + "." + number / 256 + "." + number % 256;
  }

  /** Ends every capsule, then the platform, and says what is left of it. */
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      if (launcher.isAlive()) {
        for (String id : api().capsules()) {
          api().destroy(id);
        }
      }
    } finally {
      stop();
      for (long pid : footprint.microVms(true)) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
      pagers().forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** Waits for the JVM and not for its script only: it still writes while it goes down. */
  private void stop() throws InterruptedException {
    List<ProcessHandle> all = Stream.concat(launcher.descendants(), Stream.of(launcher.toHandle())).filter(RunningPlatform::isJvmOrScript).toList();
    all.forEach(ProcessHandle::destroy);
    try {
      CompletableFuture.allOf(all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      all.forEach(ProcessHandle::destroyForcibly);
      all.forEach(p -> p.onExit().join());
    }
  }

  private static boolean isJvmOrScript(ProcessHandle process) {
    String command = process.info().command().orElse("");
    if (List.of(process.info().arguments().orElse(new String[0])).contains(PAGER)) {
      return false;
    }
    return command.endsWith("/java") || command.endsWith("sh") || command.endsWith("/setsid");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String required(String property) {
    String value = System.getProperty(property);
    if (value == null || !Files.exists(Path.of(value))) {
      throw new AssertionError("-D" + property + "=" + value + " is not there: run `make build` first");
    }
    return value;
  }

  static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (process.waitFor() != 0) {
      throw new IOException(command + " failed with " + process.exitValue());
    }
  }
}
