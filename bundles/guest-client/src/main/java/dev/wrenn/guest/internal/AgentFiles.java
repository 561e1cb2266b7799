package dev.wrenn.guest.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileRange;
import dev.wrenn.files.FileWatch;
import dev.wrenn.files.Files;
import dev.wrenn.process.GuestException;
import dev.wrenn.process.GuestException.Code;
import dev.wrenn.spi.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The files of one capsule: calls over the Connect protocol, contents over plain HTTP. */
final class AgentFiles implements Files {
  private static final String SERVICE = "filesystem.Filesystem/";
  private static final int HIGHEST_MODE = 07777;
  private static final int SHOWN = 200;

  private final Agent agent;

  AgentFiles(Agent agent) {
    this.agent = agent;
  }

  @Override
  public FileEntry stat(String path) throws GuestException {
    String what = "a look at " + shown(path);
    return entry(call("Stat", FileJson.path(checked(path)), what, agent.callLimit(), true), what);
  }

  @Override
  public List<FileEntry> list(String path, int depth) throws GuestException {
    if (depth < 1) {
      throw new GuestException(Code.INVALID, "A directory is listed to a depth of at least 1, not " + depth);
    }
    String what = "the list of " + shown(path);
    try {
      return FileJson.entries(call("ListDir", FileJson.path(checked(path)).put("depth", depth), what, tree(), true));
    } catch (IOException e) {
      throw agent.failure(what, e);
    } catch (GuestException e) {
      throw e.getCause() instanceof Response.TooLongException
          ? new GuestException(Code.NO_CAPACITY, shown(path) + " has too many entries for one answer: list it in parts", e) : e;
    }
  }

  @Override
  public FileEntry makeDirectory(String path) throws GuestException {
    String what = "making " + shown(path);
    return entry(call("MakeDir", FileJson.path(checked(path)), what, agent.callLimit(), false), what);
  }

  @Override
  public void remove(String path) throws GuestException {
    call("Remove", FileJson.path(checked(path)).put("mustExist", true), "removing " + shown(path), tree(), false);
  }

  @Override
  public FileEntry move(String source, String destination) throws GuestException {
    String what = "moving " + shown(source) + " to " + shown(destination);
    ObjectNode message = FileJson.fromTo(checked(source), checked(destination));
    try {
      return entry(call("Move", message, what, tree(), false), what);
    } catch (GuestException e) {
      throw isDirectory(destination) && e.code() != Code.NOT_FOUND
          ? new GuestException(Code.CONFLICT, "There is a directory at " + shown(destination) + ": remove it first, or name a path in it", e) : e;
    }
  }

  @Override
  public FileEntry copy(String source, String destination) throws GuestException {
    String what = "copying " + shown(source) + " to " + shown(destination);
    return entry(call("Copy", FileJson.fromTo(checked(source), checked(destination)), what, tree(), false), what);
  }

  @Override
  public FileEntry chmod(String path, int mode, boolean recursive) throws GuestException {
    if (mode < 0 || mode > HIGHEST_MODE) {
      throw new GuestException(Code.INVALID, "Permission bits go from 0 to 07777, not 0" + Integer.toOctalString(mode));
    }
    String what = "changing the permissions of " + shown(path);
    ObjectNode message = FileJson.path(checked(path)).put("mode", mode).put("recursive", recursive);
    return entry(call("Chmod", message, what, tree(), true), what);
  }

  @Override
  public FileContent read(String path, Optional<FileRange> range) throws GuestException {
    return Download.open(agent, checked(path), range, "reading " + shown(path));
  }

  @Override
  public FileEntry write(String path, InputStream content, OptionalLong length) throws GuestException, IOException {
    long written = new Upload(agent, checked(path), length, "writing " + shown(path)).send(content);
    FileEntry entry = stat(path);
    if (entry.type() == FileEntry.Type.FILE && entry.size() != written && !madeUp(entry.path())) {
      throw new GuestException(Code.CONFLICT, shown(path) + " has " + entry.size() + " bytes after " + written
          + " were written: something in the capsule changes it at the same time");
    }
    return entry;
  }

  @Override
  public FileWatch watch(String path, boolean recursive) throws GuestException {
    String what = "watching " + shown(path);
    ObjectNode message = FileJson.path(checked(path)).put("recursive", recursive).put("includeEntry", true);
    Request request = Request.stream(SERVICE + "WatchDir", ProcessJson.bytes(message)).keepAlive(agent.limits().keepAlive());
    AgentWatch watch = new AgentWatch(agent, agent.openOwn(request, what), what);
    watch.begin();
    return watch;
  }

  private boolean isDirectory(String path) {
    try {
      return stat(path).type() == FileEntry.Type.DIRECTORY;
    } catch (GuestException e) {
      return false; // What is there can't be seen: then the failure is told as it came.
    }
  }

  /** Files that the guest's kernel makes up say nothing true of their size. */
  private static boolean madeUp(String path) {
    return path.startsWith("/proc/") || path.startsWith("/sys/") || path.startsWith("/dev/");
  }

  private FileEntry entry(byte[] answer, String what) throws GuestException {
    try {
      return FileJson.entry(answer);
    } catch (IOException e) {
      throw agent.failure(what, e);
    }
  }

  private byte[] call(String method, ObjectNode message, String what, Deadline within, boolean repeatable) throws GuestException {
    return agent.call(Request.unary(SERVICE + method, ProcessJson.bytes(message)), what, within, repeatable);
  }

  private Deadline tree() {
    return Deadline.after(agent.limits().tree());
  }

  private static String checked(String path) throws GuestException {
    if (path.isEmpty() || path.indexOf('\0') >= 0) {
      throw new GuestException(Code.INVALID, path.isEmpty() ? "A path can't be empty" : "A path can't hold NUL: " + shown(path));
    }
    return path;
  }

  private static String shown(String path) {
    return "'" + Texts.clean(path, SHOWN) + "'";
  }
}
