package dev.wrenn.itests.platform;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.FrameworkWiring;

/** Bundles are exchanged while a client reads from a server in a capsule. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ProxySwapIT extends CapsuleContainer {
  /** Counts aloud to whoever asks. */
  private static final String SERVER = """
      import http.server, time
      class H(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              self.send_response(200)
              self.end_headers()
              for i in range(1000000):
                  self.wfile.write(b"%d\\\\n" % i)
                  self.wfile.flush()
                  time.sleep(0.05)
      http.server.ThreadingHTTPServer(("127.0.0.1", 8000), H).serve_forever()
      """;

  @Inject
  private BundleContext context;

  @Override
  protected String prefix() {
    return "wexpx";
  }

  @Override
  protected String subnet() {
    return "10.59.0.0/16";
  }

  @Test
  public void otherBundlesComeAndGoUnderAStream() throws Exception {
    String id = servingCapsule();
    try (Ask stream = numbers(id)) {
      for (String name : List.of("hypervisor-qemu", "storage-file", "network-tap", "scheduler", "auth", "rest-api")) {
        Bundle bundle = bundle("dev.wrenn." + name);
        bundle.stop();
        stream.countsOn();
        bundle.start();
        stream.countsOn();
      }
    }
    try (Ask again = numbers(id)) {
      again.countsOn();
    }
  }

  @Test
  public void theProxyItselfIsUpdatedAndNothingElseNotices() throws Exception {
    String id = servingCapsule();
    Bundle proxy = bundle("dev.wrenn.capsule-proxy");
    try (Ask page = new Ask(); Ask stream = numbers(id); Counter counter = new Counter(capsules.processes(operator, id))) {
      assertEquals("HTTP/1.1 200 OK", page.get("localhost", "/health"));
      page.skipBody();
      proxy.update(new NextVersion(proxy).jar());
      CountDownLatch done = new CountDownLatch(1);
      context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).refreshBundles(List.of(proxy), event -> done.countDown());
      assertTrue("refreshed", done.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
      assertThrows(SocketException.class, stream::toTheEnd);
      assertEquals("on the same connection", "HTTP/1.1 200 OK", page.get("localhost", "/health"));
      counter.countsOn(LIMIT);
      try (Ask again = numbers(id)) {
        again.countsOn();
      }
    }
  }

  private String servingCapsule() throws Exception {
    String id = aCapsule().id();
    exec(id, "printf '" + SERVER.replace("%", "%%") + "' > /tmp/s.py; setsid python3 /tmp/s.py > /dev/null 2>&1 < /dev/null &");
    Waiting.untilEmpty(LIMIT, () -> {
      try (Ask ask = new Ask()) {
        String line = ask.get("8000-" + id + ".test", "/");
        return line.equals("HTTP/1.1 200 OK") ? "" : line;
      }
    });
    return id;
  }

  private static Ask numbers(String id) throws IOException {
    Ask ask = new Ask();
    assertEquals("HTTP/1.1 200 OK", ask.get("8000-" + id + ".test", "/"));
    return ask;
  }

  private Bundle bundle(String name) {
    return Arrays.stream(context.getBundles()).filter(each -> each.getSymbolicName().equals(name)).findFirst().orElseThrow();
  }

  /** A connection to the platform under any host name. */
  private static final class Ask implements AutoCloseable {
    private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), url("/").getPort());
    private final BufferedReader in;
    private int length;
    private int last = -1;
    private final StringBuilder text = new StringBuilder();

    private Ask() throws IOException {
      socket.setSoTimeout((int) LIMIT.toMillis());
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    /** The first line of the answer; its head has been read. */
    private String get(String host, String path) throws IOException {
      socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      String first = in.readLine();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      return first;
    }

    private void skipBody() throws IOException {
      for (int i = 0; i < length; i++) {
        in.read();
      }
    }

    /** Ten more numbers, none left out. */
    private void countsOn() throws IOException {
      for (int goal = last + 10; last < goal; ) {
        char[] chunk = new char[Integer.parseInt(in.readLine(), 16)];
        for (int i = 0; i < chunk.length; i++) {
          chunk[i] = (char) in.read();
        }
        in.readLine();
        text.append(chunk);
        for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
          assertEquals(Integer.toString(last + 1), text.substring(0, end));
          text.delete(0, end + 1);
          last++;
        }
      }
    }

    private void toTheEnd() throws IOException {
      while (in.readLine() != null) {
        last = Integer.MAX_VALUE;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
