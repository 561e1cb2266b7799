package dev.wrenn.files;

import dev.wrenn.process.GuestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The files of one capsule. A path is absolute, or begins with {@code ~}, or is relative to the home of the capsule's default user; it
 * may hold any character but NUL. It is resolved in the guest: nothing outside the guest can be named. Thread-safe; calls block, and
 * every call counts as activity of the capsule. Every method may throw {@link GuestException} {@code UNAVAILABLE} when the agent can't
 * be reached, {@code INVALID} for a path that is empty or holds NUL, {@code FORBIDDEN} where the guest itself refuses.
 */
@ProviderType
public interface Files {
  /** Follows a link at the end of the path for type and mode. @throws GuestException {@code NOT_FOUND} */
  FileEntry stat(String path) throws GuestException;

  /**
   * What a directory holds; links below it are not followed.
   *
   * @param depth 1: its direct entries
   * @throws GuestException {@code NOT_FOUND}; {@code INVALID} when it is no directory; {@code NO_CAPACITY} when there are too many entries
   *     for one answer
   */
  List<FileEntry> list(String path, int depth) throws GuestException;

  /** Parents are made too. @throws GuestException {@code CONFLICT} when the directory is there; {@code INVALID} when something else is */
  FileEntry makeDirectory(String path) throws GuestException;

  /** With all that is below. @throws GuestException {@code NOT_FOUND}; {@code INVALID} for the root of the file system */
  void remove(String path) throws GuestException;

  /** Parents of the destination are made; a file there is replaced. @throws GuestException {@code NOT_FOUND}, {@code CONFLICT} for a directory there */
  FileEntry move(String source, String destination) throws GuestException;

  /**
   * With all that is below, with modes and links as they are; a copy that fails leaves no part behind.
   *
   * @throws GuestException {@code NOT_FOUND}; {@code CONFLICT} when the destination is there; {@code NO_CAPACITY}
   */
  FileEntry copy(String source, String destination) throws GuestException;

  /** @param mode permission bits, 0 to 07777 @throws GuestException {@code NOT_FOUND}, {@code INVALID} */
  FileEntry chmod(String path, int mode, boolean recursive) throws GuestException;

  /**
   * The bytes of a file, read as they are pulled.
   *
   * @throws GuestException {@code NOT_FOUND}; {@code INVALID} for a directory, a special file, or a range that the file doesn't have
   */
  FileContent read(String path, Optional<FileRange> range) throws GuestException;

  /**
   * Writes a file from the stream to its end, replacing what was there; parents are made. A write that fails removes the part that it
   * wrote. The stream is not closed. A read of it is interrupted when the guest is gone meanwhile; the thread is not interrupted afterwards.
   *
   * @param length of the content, when it is known: fewer bytes are then a failure
   * @throws GuestException {@code INVALID} for a directory; {@code NO_CAPACITY} when the disk is full
   * @throws IOException of the stream that was given
   */
  FileEntry write(String path, InputStream content, OptionalLong length) throws GuestException, IOException;

  /** Changes below a directory, or of a file, from now on. @throws GuestException {@code NOT_FOUND} */
  FileWatch watch(String path, boolean recursive) throws GuestException;
}
