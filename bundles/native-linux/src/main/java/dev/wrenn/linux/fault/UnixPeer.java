package dev.wrenn.linux.fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One end of a connection between processes of this machine, by which they can hand descriptors over. */
public final class UnixPeer extends Descriptor {
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
  private static final int MSG_CTRUNC = 8;
  private static final int HEADER = 56;
  private static final int CONTROL = 16 + 4 * 16;

  /** Who is at the other end, as the kernel knew it when they connected. */
  public record Credentials(int pid, int uid, int gid) {}

  /**
   * What came at once.
   *
   * @param descriptors numbers of this process now, which the receiver must close
   */
  public record Message(byte[] data, List<Integer> descriptors) {}

  UnixPeer(int number) {
    super(number);
  }

  /** Connects; it blocks until the listener has room. */
  public static UnixPeer connect(Path path) throws IOException {
    MemorySegment state = Native.state();
    UnixPeer peer = new UnixPeer(UnixListener.socket(1 | 0x80000));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = UnixListener.address(path, arena);
      Native.checked("connect to " + path, (int) Native.CONNECT.invokeExact(state, peer.number(), address, (int) address.byteSize()), state);
      return peer;
    } catch (IOException e) {
      peer.close();
      throw e;
    } catch (Throwable e) {
      peer.close();
      throw Native.unexpected(e);
    }
  }

  public Credentials credentials() throws IOException {
    MemorySegment state = Native.state();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = arena.allocate(12, 4);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 12);
      Native.checked("getsockopt(SO_PEERCRED)", (int) Native.GETSOCKOPT.invokeExact(state, number(), SOL_SOCKET, SO_PEERCRED, found, length), state);
      return new Credentials(found.get(ValueLayout.JAVA_INT, 0), found.get(ValueLayout.JAVA_INT, 4), found.get(ValueLayout.JAVA_INT, 8));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /**
   * What has come, up to {@code most} bytes, and at most 16 descriptors with it. On a connection that was accepted it does not wait.
   *
   * @return null when nothing has come yet; without data when the other side has closed
   */
  public Message receive(int most) throws IOException {
    MemorySegment state = Native.state();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(most);
      MemorySegment control = arena.allocate(CONTROL, 8);
      MemorySegment header = header(arena, data, most, control, CONTROL);
      long count = (long) Native.RECVMSG.invokeExact(state, number(), header, MSG_CMSG_CLOEXEC);
      if (count < 0 && (Native.errno(state) == Native.EAGAIN || Native.errno(state) == Native.EINTR)) {
        return null;
      }
      Native.checked("recvmsg", count, state);
      List<Integer> descriptors = descriptors(control, header.get(ValueLayout.JAVA_LONG, 40));
      if ((header.get(ValueLayout.JAVA_INT, 48) & MSG_CTRUNC) != 0) {
        descriptors.forEach(Descriptor::close);
        throw new IOException("more descriptors came than are ever needed");
      }
      return new Message(data.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), descriptors);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  /** Closes what came with a message and is of no use. */
  public static void drop(Message message) {
    message.descriptors().forEach(Descriptor::close);
  }

  /** Sends data, not empty, with copies of descriptors. */
  public void send(byte[] data, Descriptor... with) throws IOException {
    MemorySegment state = Native.state();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, data);
      int length = 16 + 4 * with.length;
      MemorySegment control = arena.allocate((length + 7) / 8 * 8L, 8);
      control.set(ValueLayout.JAVA_LONG, 0, length);
      control.set(ValueLayout.JAVA_INT, 8, SOL_SOCKET);
      control.set(ValueLayout.JAVA_INT, 12, SCM_RIGHTS);
      for (int i = 0; i < with.length; i++) {
        control.set(ValueLayout.JAVA_INT, 16 + 4L * i, with[i].number());
      }
      MemorySegment header = header(arena, bytes, data.length, control, with.length == 0 ? 0 : control.byteSize());
      Native.checked("sendmsg", (long) Native.SENDMSG.invokeExact(state, number(), header, MSG_NOSIGNAL), state);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.unexpected(e);
    }
  }

  private static MemorySegment header(Arena arena, MemorySegment data, long length, MemorySegment control, long room) {
    MemorySegment part = arena.allocate(16, 8);
    part.set(ValueLayout.ADDRESS, 0, data);
    part.set(ValueLayout.JAVA_LONG, 8, length);
    MemorySegment header = arena.allocate(HEADER, 8);
    header.set(ValueLayout.ADDRESS, 16, part);
    header.set(ValueLayout.JAVA_LONG, 24, 1);
    header.set(ValueLayout.ADDRESS, 32, room == 0 ? MemorySegment.NULL : control);
    header.set(ValueLayout.JAVA_LONG, 40, room);
    return header;
  }

  private static List<Integer> descriptors(MemorySegment control, long used) {
    List<Integer> found = new ArrayList<>();
    for (long at = 0; at + 16 <= used; ) {
      long length = control.get(ValueLayout.JAVA_LONG, at);
      if (length < 16 || length > used - at) {
        break;
      }
      if (control.get(ValueLayout.JAVA_INT, at + 8) == SOL_SOCKET && control.get(ValueLayout.JAVA_INT, at + 12) == SCM_RIGHTS) {
        for (long each = at + 16; each + 4 <= at + length; each += 4) {
          found.add(control.get(ValueLayout.JAVA_INT, each));
        }
      }
      at += (length + 7) / 8 * 8;
    }
    return found;
  }
}
