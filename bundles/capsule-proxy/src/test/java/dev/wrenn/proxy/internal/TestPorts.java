package dev.wrenn.proxy.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import dev.wrenn.platform.PortService;
import dev.wrenn.port.GuestSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/** Capsules whose ports are servers on this machine's loopback. */
final class TestPorts implements PortService {
  static final String CAPSULE = "cl-0123456789abcdefghijklmno";
  static final String STOPPED = "cl-stopped890abcdefghijklmno";
  static final String TOKEN = "the-token-of-the-port";
  static final String ACCESS = "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0";

  /** Port of the capsule to port of this machine. */
  final Map<Integer, Integer> servers = new ConcurrentHashMap<>();
  final Set<Integer> closedToMost = ConcurrentHashMap.newKeySet();
  final Set<Line> lines = ConcurrentHashMap.newKeySet();
  /** Of each who came to the agent and would have woken it: whether he had its token. */
  final Queue<Boolean> keys = new ConcurrentLinkedQueue<>();
  volatile Optional<String> agentToken = Optional.empty();
  volatile Optional<Code> failure = Optional.empty();

  @Override
  public GuestSocket open(String capsule, int port, Optional<String> token) throws PlatformException {
    check(capsule);
    if (port == Route.AGENT_PORT) {
      throw new PlatformException(Code.INVALID_REQUEST, "that is the agent's port");
    }
    if (closedToMost.contains(port) && !token.equals(Optional.of(TOKEN))) {
      throw new PlatformException(Code.FORBIDDEN, "port " + port + " needs its token");
    }
    return line(port);
  }

  @Override
  public AgentLine openAgent(String capsule) throws PlatformException {
    check(capsule);
    return new AgentLine(line(Route.AGENT_PORT), agentToken);
  }

  @Override
  public AgentLine openAgent(String capsule, Predicate<String> shows) throws PlatformException {
    keys.add(shows.test(ACCESS));
    return openAgent(capsule);
  }

  @Override
  public Optional<String> byAccessToken(Predicate<String> test) {
    return test.test(ACCESS) ? Optional.of(CAPSULE) : Optional.empty();
  }

  private void check(String capsule) throws PlatformException {
    if (failure.isPresent()) {
      throw new PlatformException(failure.get(), "as the test wants it");
    }
    if (!capsule.matches("cl-[0-9a-z]{25}")) {
      throw new PlatformException(Code.INVALID_REQUEST, capsule + " is no capsule id");
    }
    if (capsule.equals(STOPPED)) {
      throw new PlatformException(Code.INVALID_STATE, "capsule " + capsule + " does not run");
    }
    if (!capsule.equals(CAPSULE)) {
      throw new PlatformException(Code.NOT_FOUND, "there is no capsule " + capsule);
    }
  }

  private GuestSocket line(int port) throws PlatformException {
    Integer local = servers.get(port);
    try {
      if (local == null) {
        throw new ConnectException("nobody listens");
      }
      Line line = new Line(new Socket(InetAddress.getLoopbackAddress(), local));
      lines.add(line);
      return line;
    } catch (IOException refused) {
      throw new PlatformException(Code.PORT_CLOSED, "nothing listens on port " + port + " of the capsule", refused);
    }
  }

  /** What happens to connections into a capsule that ends. */
  void endCapsule() {
    lines.forEach(Line::breakOff);
  }

  int open() {
    return lines.size();
  }

  final class Line implements GuestSocket {
    private final Socket socket;
    private final InputStream input;
    private volatile boolean broken;

    private Line(Socket socket) throws IOException {
      this.socket = socket;
      InputStream from = socket.getInputStream();
      this.input = new InputStream() {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          int read = from.read(bytes, offset, length);
          if (broken) {
            throw new SocketException("the capsule has ended");
          }
          return read;
        }
      };
    }

    private void breakOff() {
      broken = true;
      try {
        socket.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public InputStream input() {
      return input;
    }

    @Override
    public OutputStream output() {
      try {
        return socket.getOutputStream();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public void endOutput() throws IOException {
      socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      lines.remove(this);
      socket.close();
    }
  }

  @Override
  public List<PortAccess> ports(Caller caller, String capsule) {
    throw new UnsupportedOperationException("not the proxy's");
  }

  @Override
  public PortAccess port(Caller caller, String capsule, int port) {
    throw new UnsupportedOperationException("not the proxy's");
  }

  @Override
  public PortAccess set(Caller caller, String capsule, int port, boolean open) {
    throw new UnsupportedOperationException("not the proxy's");
  }

  @Override
  public void clear(Caller caller, String capsule, int port) {
    throw new UnsupportedOperationException("not the proxy's");
  }

  @Override
  public Tokens tokens(Caller caller, String capsule) {
    throw new UnsupportedOperationException("not the proxy's");
  }
}
