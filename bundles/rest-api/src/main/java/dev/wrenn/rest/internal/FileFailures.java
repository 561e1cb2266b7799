package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;

/** Failures of the file system in a capsule, and of what requests say about it. */
public final class FileFailures {
  private FileFailures() {}

  /** A call on files. */
  public interface Call<T> {
    T run() throws GuestException, PlatformException;
  }

  /** The path of a request. @throws PlatformException {@code INVALID_REQUEST} when there is none */
  public static String path(String path) throws PlatformException {
    return path("path", path);
  }

  static String path(String field, String path) throws PlatformException {
    if (Commands.blank(path)) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST,
          field + " is required: absolute, or from the home directory of the capsule's user");
    }
    if (path.indexOf('\0') >= 0) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, field + " holds a NUL, which no path can");
    }
    return path;
  }

  /** As {@link #of}. */
  static <T> T calling(Call<T> call) throws PlatformException {
    try {
      return call.run();
    } catch (GuestException e) {
      throw of(e);
    }
  }

  /** No room means something else for files than for processes: the disk is full. */
  public static PlatformException of(GuestException e) {
    if (e.code() == GuestException.Code.NO_CAPACITY) {
      return new PlatformException(PlatformException.Code.DISK_FULL,
          "the capsule's disk has no room for this; remove files, or make a capsule with more disk_mb", e);
    }
    return Failure.platform(e);
  }
}
