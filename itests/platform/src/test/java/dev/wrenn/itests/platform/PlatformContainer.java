package dev.wrenn.itests.platform;

import static org.ops4j.pax.exam.CoreOptions.environment;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemTimeout;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFileExtend;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.keepRuntimeFolder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.options.extra.VMOption;

/**
 * The assembled distribution, started in a folder of its own below {@code target} on free loopback ports. A subclass runs
 * inside that container; {@link #data()} and {@link #url} tell it where it is.
 */
public abstract class PlatformContainer {

  private static final long CONTAINER_START_MILLIS = 180_000;

  /** Which role starts; a subclass may choose another one. */
  protected String role() {
    return "all";
  }

  /** At most six letters: names the networks and control groups of this container. */
  protected String prefix() {
    return "wexam";
  }

  /** Networks of this container's capsules. */
  protected String subnet() {
    return "10.62.0.0/16";
  }

  /** Called before the container starts, outside of it. */
  protected void prepare(Path data) throws IOException {
    Files.createDirectories(data);
  }

  @Configuration
  public Option[] distribution() throws IOException {
    String name = getClass().getSimpleName();
    Path target = Path.of(System.getProperty("wrenn.target"));
    Path data = target.resolve("data").resolve(name);
    prepare(data);
    return options(
        karafDistributionConfiguration()
            .frameworkUrl(Path.of(System.getProperty("wrenn.distribution")).toUri().toString())
            .karafVersion(System.getProperty("karaf.version"))
            .name(name)
            .unpackDirectory(target.resolve("exam").toFile())
            .useDeployFolder(false),
        keepRuntimeFolder(),
        systemTimeout(CONTAINER_START_MILLIS),
        // The distribution never looks on the network; the test framework's own bundles come from the build's repository.
        editConfigurationFileExtend("etc/org.ops4j.pax.url.mvn.cfg", "org.ops4j.pax.url.mvn.defaultRepositories",
            Path.of(System.getProperty("local.repository")).toUri() + "@id=build@snapshots"),
        editConfigurationFilePut("etc/config.properties", "karaf.shutdown.port", "-1"),
        // In a stage of its own: the test framework's bundles wait ten seconds for each other, and would start among all of ours.
        editConfigurationFileExtend("etc/org.apache.karaf.features.cfg", "featuresBoot", "(exam)"),
        // Tests look for the processes of a capsule by its name; one that takes over a ready guest has that one's.
        editConfigurationFilePut("etc/dev.wrenn.host.cfg", "warmReady", "0"),
        environment("WRENN_DIR=" + data),
        environment("WRENN_VM_DIR=" + shortDirectory()),
        environment("WRENN_PREFIX=" + prefix()),
        environment("WRENN_SUBNET=" + subnet()),
        environment("WRENN_ROLE=" + role()),
        environment("WRENN_HTTP_HOST=127.0.0.1"),
        environment("WRENN_HTTP_PORT=" + freePort()),
        environment("WRENN_SSH_PORT=" + freePort()),
        // The same as Karaf's own start script gives.
        vm("--enable-native-access=ALL-UNNAMED"),
        vm("--sun-misc-unsafe-memory-access=allow"),
        vm("--add-reads=java.xml=java.logging"),
        vm("--add-exports=java.base/org.apache.karaf.specs.locator=java.xml,ALL-UNNAMED"),
        vm("--patch-module=java.base=" + endorsed("locator")),
        vm("--patch-module=java.xml=" + endorsed("java.xml")),
        vm("--add-opens=java.base/java.security=ALL-UNNAMED"),
        vm("--add-opens=java.base/java.lang=ALL-UNNAMED"),
        vm("--add-opens=java.base/java.util=ALL-UNNAMED"),
        vm("--add-opens=java.base/java.net=ALL-UNNAMED"),
        vm("--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED"));
  }

  private static VMOption vm(String option) {
    return new VMOption(option);
  }

  private static String endorsed(String spec) {
    return "lib/endorsed/org.apache.karaf.specs." + spec + "-" + System.getProperty("karaf.version") + ".jar";
  }

  /** Where this container keeps its state. */
  protected static Path data() {
    return Path.of(System.getenv("WRENN_DIR"));
  }

  /** An address of this container's API. */
  protected static URI url(String path) {
    return URI.create("http://127.0.0.1:" + System.getenv("WRENN_HTTP_PORT") + path);
  }

  // Control sockets of microVMs need one. By a hook, because the JVM of the tests doesn't always end so far as to delete what is marked.
  private static Path shortDirectory() throws IOException {
    Path directory = Files.createTempDirectory("wx");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.remove(directory)));
    return directory;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException noPort) {
      throw new UncheckedIOException(noPort);
    }
  }
}
