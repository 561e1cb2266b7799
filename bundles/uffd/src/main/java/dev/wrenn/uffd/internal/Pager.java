package dev.wrenn.uffd.internal;

import dev.wrenn.linux.ProcessId;
import dev.wrenn.spi.Deadline;
import dev.wrenn.uffd.PageServerException;
import dev.wrenn.uffd.pager.Frame;
import dev.wrenn.uffd.pager.PagerMain;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One pager process, which need not be this JVM's child. Each question has a connection of its own, so none waits for another. Any thread.
 *
 * @param directory where it has its socket
 * @param build which code it runs
 */
record Pager(Path directory, ProcessId process, String build) {
  private static final int LAST_WORDS = 300;

  /** The pager of that directory, if it runs and answers in a version that is spoken here. */
  static Optional<Pager> find(Path directory, Deadline within) throws IOException {
    Path file = directory.resolve(PagerMain.STATE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Properties state = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      state.load(in);
    }
    ProcessId process;
    try {
      process = new ProcessId(Long.parseLong(state.getProperty("pid")), Long.parseLong(state.getProperty("ticks")));
    } catch (NumberFormatException e) {
      throw new IOException(file + " does not say which process it is of", e);
    }
    if (!process.alive()) {
      return Optional.empty();
    }
    Pager pager = new Pager(directory, process, state.getProperty("build", ""));
    Frame hello = pager.ask(Frame.of("hello"), within);
    if (hello.number("version") != Frame.VERSION) {
      throw new IOException("the pager with pid " + process.pid() + " speaks version " + hello.text("version") + "; here it is " + Frame.VERSION);
    }
    return Optional.of(pager);
  }

  /** @throws PageServerException with the pager's own words, or when it does not answer in time */
  Frame ask(Frame request, Deadline within) throws PageServerException {
    if (within.expired()) {
      throw new PageServerException("There was no time left to ask the page server for '" + request.verb() + "'");
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      CompletableFuture<Void> alarm = CompletableFuture.runAsync(() -> close(channel),
          CompletableFuture.delayedExecutor(within.remaining().toMillis() + 1, TimeUnit.MILLISECONDS, Thread::startVirtualThread));
      try {
        channel.connect(address());
        OutputStream out = Channels.newOutputStream(channel);
        request.with("version", Frame.VERSION).write(out);
        Frame answer = Frame.read(Channels.newInputStream(channel));
        if (!answer.text(Frame.ERROR).isEmpty()) {
          throw new PageServerException("The page server (pid " + process.pid() + ") refuses '" + request.verb() + "': " + answer.text(Frame.ERROR));
        }
        return answer;
      } finally {
        alarm.cancel(false);
      }
    } catch (PageServerException e) {
      throw e;
    } catch (IOException e) {
      String why = within.expired() ? "did not answer in time" : "does not answer: " + e;
      throw new PageServerException("The page server (pid " + process.pid() + ") " + why + lastWords(), e);
    }
  }

  /** Passes on every change, first how all stands now. Returns when the connection ends, which it does with the process. */
  void watch(Consumer<Frame> changes, Consumer<SocketChannel> opened) throws IOException {
    try (SocketChannel channel = SocketChannel.open(address())) {
      opened.accept(channel);
      Frame.of("watch").with("version", Frame.VERSION).write(Channels.newOutputStream(channel));
      InputStream in = Channels.newInputStream(channel);
      while (true) {
        changes.accept(Frame.read(in));
      }
    }
  }

  /** The end of its log, for an operator; empty when there is none. */
  String lastWords() {
    try {
      String log = Files.readString(directory.resolve(PagerStarter.LOG)).strip();
      return log.isEmpty() ? "" : "; its words: " + log.substring(Math.max(0, log.length() - LAST_WORDS)).replaceAll("\\s+", " ");
    } catch (IOException e) {
      return "; its log can't be read: " + e.getMessage();
    }
  }

  private UnixDomainSocketAddress address() {
    return UnixDomainSocketAddress.of(directory.resolve(PagerMain.CONTROL));
  }

  static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("A connection to the page server could not be closed", e);
    }
  }
}
