package dev.wrenn.shell.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.Terminal;

/** Sessions of the shell: only what the commands ask of one. */
final class TestSession {

  /** Without a terminal, as a single command over SSH has it. */
  static Session without() {
    return of(null, new ByteArrayOutputStream());
  }

  /** Its other end has gone. */
  static Session gone() {
    return of(null, new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("closed");
      }

      @Override
      public void flush() throws IOException {
        throw new IOException("closed");
      }
    });
  }

  static Session on(Terminal terminal) {
    return of(terminal, new ByteArrayOutputStream());
  }

  static Session on(Terminal terminal, OutputStream console) {
    return of(terminal, console);
  }

  /** A single command over SSH that asked for a terminal. */
  static Session line(InputStream keyboard, OutputStream console, Map<String, String> variables) {
    return of(null, console, keyboard, variables);
  }

  private static Session of(Terminal terminal, OutputStream console) {
    return of(terminal, console, InputStream.nullInputStream(), Map.of());
  }

  private static Session of(Terminal terminal, OutputStream console, InputStream keyboard, Map<String, String> variables) {
    PrintStream stream = new PrintStream(console, true, StandardCharsets.UTF_8);
    return (Session) Proxy.newProxyInstance(TestSession.class.getClassLoader(), new Class<?>[] {Session.class}, (self, method, arguments) ->
        switch (method.getName()) {
          case "getTerminal" -> terminal;
          case "getConsole" -> stream;
          case "getKeyboard" -> keyboard;
          case "get" -> variables.get(arguments[0]);
          case "currentDir" -> null;
          default -> throw new AssertionError("no command asks for " + method.getName());
        });
  }

  private TestSession() {}
}
