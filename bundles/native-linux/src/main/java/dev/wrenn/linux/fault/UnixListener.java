package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** A Unix socket that somebody may connect to. The file is made for its owner alone; closing leaves it, for its owner to remove. */
public final class UnixListener extends Descriptor {
  static final int STREAM = 1 | 0x80000 | 0x800;
  private static final int LONGEST = 107;

  private UnixListener(int number) {
    super(number);
  }

  /** @throws IOException when the path is longer than 107 bytes, is there already, or the system refuses */
  public static UnixListener at(Path path) throws IOException {
    MemorySegment state = Native.state();
    UnixListener listener = new UnixListener(socket(STREAM));
    boolean bound = false;
    try (Arena arena = Arena.ofConfined()) {
      Native.checked("bind of " + path, (int) Native.BIND.invokeExact(state, listener.number(), address(path, arena), LONGEST + 3), state);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      Native.checked("listen", (int) Native.LISTEN.invokeExact(state, listener.number(), 1), state);
      bound = true;
      return listener;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    } finally {
      if (!bound) {
        listener.close();
      }
    }
  }

  /** Who has connected, without waiting; empty when nobody has. */
  public Optional<UnixPeer> accept() throws IOException {
    MemorySegment state = Native.state();
    try {
      int number = (int) Native.ACCEPT.invokeExact(state, number(), MemorySegment.NULL, MemorySegment.NULL, 0x80000 | 0x800);
      if (number < 0 && (Native.errno(state) == Native.EAGAIN || Native.errno(state) == Native.EINTR)) {
        return Optional.empty();
      }
      return Optional.of(new UnixPeer((int) Native.checked("accept", number, state)));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  static int socket(int type) throws IOException {
    MemorySegment state = Native.state();
    try {
      return (int) Native.checked("socket", (int) Native.SOCKET.invokeExact(state, 1, type, 0), state);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  static MemorySegment address(Path path, Arena arena) throws IOException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST) {
      throw new IOException("the path of a socket has at most " + LONGEST + " bytes: " + path);
    }
    MemorySegment address = arena.allocate(LONGEST + 3, 8);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
    MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
    return address;
  }
}
