package dev.wrenn.shell.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PushbackInputStream;
import java.util.List;
import java.util.OptionalLong;

/** The command's own input and output. */
record StreamPlace(InputStream input, PrintStream output) implements Place {

  @Override
  public String shown() {
    return "-";
  }

  @Override
  public String name() {
    return "";
  }

  @Override
  public Kind kind() {
    return Kind.FILE;
  }

  @Override
  public List<Child> children() {
    return List.of();
  }

  @Override
  public Place child(String name) throws IOException {
    throw new IOException("A directory needs a path: '-' takes a single file.");
  }

  @Override
  public Content open() throws IOException {
    PushbackInputStream whole = new PushbackInputStream(input);
    int first = whole.read();
    if (first < 0) {
      throw new IOException("The input is empty, so nothing was copied. bin/client sends none: give the command over ssh.");
    }
    whole.unread(first);
    return new Content(whole, OptionalLong.empty(), false, () -> {});
  }

  @Override
  public void write(InputStream bytes, boolean executable) throws IOException {
    byte[] block = new byte[1 << 16];
    for (int length = bytes.read(block); length >= 0; length = bytes.read(block)) {
      output.write(block, 0, length);
      if (output.checkError()) {
        throw new IOException("Nobody reads the output any more.");
      }
    }
  }

  @Override
  public void makeDirectory() throws IOException {
    throw new IOException("A directory needs a path: '-' takes a single file.");
  }
}
