package dev.wrenn.uffd.pager;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;

/** The pager's control socket: each connection is a virtual thread that answers frame by frame. Only the same user may connect. */
final class Control {
  private static final int MOST = 256;
  private final Tenants tenants;
  private final Frame hello;
  private final ServerSocketChannel server;
  private final AtomicInteger connections = new AtomicInteger();
  private volatile long quietSince = System.nanoTime();

  /** @param hello what is said of this pager; listens when it returns */
  Control(Path socket, Tenants tenants, Frame hello) throws IOException {
    this.tenants = tenants;
    this.hello = hello;
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
  }

  /** Until the process ends. */
  void run() throws IOException {
    while (true) {
      SocketChannel channel = server.accept();
      if (connections.incrementAndGet() > MOST) {
        gone(channel);
      } else {
        Thread.ofVirtual().start(() -> talk(channel));
      }
    }
  }

  /** How long nobody has been connected, in seconds; 0 while somebody is. */
  long quietSeconds() {
    return connections.get() > 0 ? 0 : (System.nanoTime() - quietSince) / 1_000_000_000;
  }

  private void gone(SocketChannel channel) {
    quietSince = System.nanoTime();
    connections.decrementAndGet();
    try {
      channel.close();
    } catch (IOException e) {
      System.err.println("A control connection could not be closed: " + e);
    }
  }

  private void talk(SocketChannel channel) {
    try (InputStream in = Channels.newInputStream(channel); OutputStream out = Channels.newOutputStream(channel)) {
      String user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
      if (!user.equals(System.getProperty("user.name"))) {
        Frame.of("refused").with(Frame.ERROR, "this page server serves its own user only, not " + user).write(out);
        return;
      }
      while (true) {
        Frame request = Frame.read(in);
        if (request.verb().equals("watch")) {
          // Whoever watches says nothing more: that it has gone shows here.
          Thread watcher = Thread.currentThread();
          Thread.ofVirtual().start(() -> untilGone(in, watcher));
          tenants.watchers().watch(tenants.states(), frame -> frame.write(out));
          return;
        }
        answer(request).write(out);
        if (request.verb().equals("exit") && tenants.leave()) {
          PagerMain.end();
        }
      }
    } catch (EOFException | ClosedChannelException e) {
      // It has gone, as it may.
    } catch (IOException e) {
      System.err.println("A control connection failed: " + e);
    } catch (InterruptedException e) {
      // It watched, and has gone.
      Thread.interrupted();
    } finally {
      gone(channel);
    }
  }

  private Frame answer(Frame request) {
    try {
      return switch (request.verb()) {
        case "hello" -> hello;
        case "exit" -> Frame.of("exit").with("leaves", tenants.leave());
        default -> tenants.answer(request);
      };
    } catch (IOException | RuntimeException e) {
      return Frame.of(request.verb()).with(Frame.ERROR, e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  /** Nothing may ever be told again, so the one who waits for that must be woken. */
  private static void untilGone(InputStream in, Thread watcher) {
    try {
      while (in.read() >= 0) {
        continue;
      }
    } catch (IOException e) {
      // It is gone in any case; whoever writes to it finds that out, too.
      System.err.println("A watcher has gone: " + e);
    } finally {
      watcher.interrupt();
    }
  }
}
