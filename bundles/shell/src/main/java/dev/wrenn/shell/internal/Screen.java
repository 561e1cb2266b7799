package dev.wrenn.shell.internal;

import dev.wrenn.process.ProcessSpec.TerminalSize;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import org.apache.karaf.shell.api.console.Session;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.jline.utils.NonBlockingInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The terminal that a person sits at. */
final class Screen {
  private static final Logger LOG = LoggerFactory.getLogger(Screen.class);
  private static final int BLOCK = 4096;

  private final Terminal terminal;
  private final NonBlockingInputStream input;
  private final boolean own;

  private Screen(Terminal terminal, NonBlockingInputStream input, boolean own) {
    this.terminal = terminal;
    this.input = input;
    this.own = own;
  }

  /** Empty when the session has none: a single command over SSH, a script, a pipe. */
  static Optional<Screen> of(Session session) {
    return of(session.getTerminal(), false);
  }

  /** That of the session; else the one that a single command over SSH asked for, which is this caller's then, with all input. */
  static Optional<Screen> take(Session session) throws IOException {
    return session.getTerminal() == null ? ofCommand(session) : of(session);
  }

  private static Optional<Screen> of(Object there, boolean own) {
    return there instanceof Terminal terminal && !terminal.getType().startsWith(Terminal.TYPE_DUMB)
        && terminal.input() instanceof NonBlockingInputStream input ? Optional.of(new Screen(terminal, input, own)) : Optional.empty();
  }

  /** Karaf gives a command over SSH that asked for a terminal ({@code ssh -t}) the words about it and the bare line, and no news of its size. */
  private static Optional<Screen> ofCommand(Session session) throws IOException {
    int columns = number(session.get("COLUMNS"));
    int rows = number(session.get("LINES"));
    if (columns < 1 || rows < 1 || !(session.get("TERM") instanceof String type) || type.isEmpty()) {
      return Optional.empty();
    }
    // It reads no key before it is raw: an interrupt key that came early would be taken for one, and swallow what was typed before.
    ExternalTerminal line = new ExternalTerminal(null, "ssh", type, session.getKeyboard(), session.getConsole(), StandardCharsets.UTF_8,
        Terminal.SignalHandler.SIG_DFL, true);
    line.setSize(new Size(columns, rows));
    return of(line, true);
  }

  private static int number(Object value) {
    return value instanceof String text && text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
  }

  String type() {
    return terminal.getType();
  }

  TerminalSize size() {
    int columns = terminal.getWidth();
    int rows = terminal.getHeight();
    return columns < 1 || rows < 1 ? new TerminalSize(80, 24) : new TerminalSize(columns, rows);
  }

  /**
   * From now on every key and every byte goes through as it is, the interrupt key too.
   *
   * @param resized called when the size has changed, on a thread that must not wait
   * @return gives the terminal back as it was
   */
  Mode raw(Runnable resized) {
    Attributes before = terminal.enterRawMode();
    Attributes all = terminal.getAttributes();
    all.setLocalFlags(EnumSet.of(LocalFlag.ISIG, LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.IEXTEN), false);
    all.setInputFlags(EnumSet.of(InputFlag.IXON, InputFlag.ICRNL, InputFlag.INLCR, InputFlag.IGNCR, InputFlag.ISTRIP), false);
    all.setOutputFlag(OutputFlag.OPOST, false);
    terminal.setAttributes(all);
    Terminal.SignalHandler handler = terminal.handle(Terminal.Signal.WINCH, signal -> resized.run());
    if (own) {
      terminal.resume();
    }
    return () -> {
      terminal.handle(Terminal.Signal.WINCH, handler);
      terminal.setAttributes(before);
      terminal.flush();
      if (own) {
        done();
      }
    };
  }

  private void done() {
    try {
      terminal.close();
    } catch (IOException e) {
      LOG.debug("The terminal is gone: {}", e.getMessage());
    }
  }

  interface Mode extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for keys. @return what was typed, nothing when the time was up; absent when there is no one left who could type */
  Optional<byte[]> keys(long waitMillis) throws IOException {
    byte[] block = new byte[BLOCK];
    int length = input.readBuffered(block, 0, BLOCK, waitMillis);
    return switch (length) {
      case NonBlockingInputStream.EOF -> Optional.empty();
      case NonBlockingInputStream.READ_EXPIRED -> Optional.of(new byte[0]);
      default -> Optional.of(Arrays.copyOf(block, length));
    };
  }

  void show(byte[] bytes) throws IOException {
    OutputStream output = terminal.output();
    output.write(bytes);
    output.flush();
  }
}
