package dev.wrenn.shell.internal;

import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/** One end of a copy: something that is or will be a file or a directory, here or in a capsule. */
interface Place {
  enum Kind { FILE, DIRECTORY, LINK, OTHER, NOTHING }

  /** For people; what steers terminals is left out. */
  String shown();

  /** The last part of its path. */
  String name();

  /** Of what a link leads to. */
  Kind kind() throws GuestException, IOException;

  /** Of a directory, by name; links are {@link Kind#LINK} here. */
  List<Child> children() throws GuestException, IOException;

  /** @throws IOException when that is no name */
  Place child(String name) throws IOException;

  Content open() throws GuestException, IOException;

  /** Replaces what is there, as a whole; leaves no part when it fails. */
  void write(InputStream bytes, boolean executable) throws GuestException, IOException;

  /** Does nothing when it is there. */
  void makeDirectory() throws GuestException, IOException;

  record Child(String name, Kind kind) {}

  /** The bytes of a file on their way; whoever opened it closes it. */
  record Content(InputStream bytes, OptionalLong length, boolean executable, AutoCloseable source) {}
}
