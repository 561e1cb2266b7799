package dev.wrenn.rest.internal.transfer;

import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.files.FileRange;
import dev.wrenn.files.Files;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a response takes out of a capsule, handed on as the client reads it. */
final class Download {
  static final String BYTES = "application/octet-stream";

  private static final int PIECE = 1 << 16;

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private long sent;

  Download(HttpServletRequest request, HttpServletResponse response) {
    this.request = request;
    this.response = response;
  }

  /** How many bytes of the file went out. */
  long sent() {
    return sent;
  }

  /**
   * The file, or the range of it that the request asks for.
   *
   * @param raw whether the answer tells type and name, and has no body for HEAD
   * @throws IOException when the transfer broke off; then the answer may have begun
   */
  void send(Files files, String path, boolean raw) throws PlatformException, GuestException, IOException {
    Optional<FileRange> range = ByteRange.of(request.getHeader("Range"));
    try (FileContent content = open(files, path, range)) {
      // A range of a file whose length nobody knows can't be described: the whole of it is as good an answer.
      if (range.isPresent() && content.length().isEmpty()) {
        content.close();
        try (FileContent whole = files.read(path, Optional.empty())) {
          transfer(whole, path, false, raw);
        }
      } else {
        transfer(content, path, range.isPresent(), raw);
      }
    }
  }

  private FileContent open(Files files, String path, Optional<FileRange> range) throws PlatformException, GuestException {
    try {
      return files.read(path, range);
    } catch (GuestException e) {
      if (range.isPresent() && e.code() == GuestException.Code.INVALID) {
        FileEntry entry = files.stat(path);
        if (entry.type() == FileEntry.Type.FILE) {
          response.setHeader("Content-Range", "bytes */" + entry.size());
          throw new PlatformException(PlatformException.Code.RANGE_NOT_SATISFIABLE,
              path + " has " + entry.size() + " bytes; the range asks for others", e);
        }
      }
      throw e;
    }
  }

  private void transfer(FileContent content, String path, boolean partial, boolean raw) throws GuestException, IOException {
    InputStream in = content.stream();
    byte[] piece = new byte[PIECE];
    boolean empty = raw && request.getMethod().equals("HEAD");
    // Before the answer begins, so that a file that can't be read at all is told as an error.
    int count = empty ? -1 : first(in, piece, path);
    describe(content, path, partial, raw);
    if (empty) {
      response.flushBuffer();
      return;
    }
    OutputStream out = response.getOutputStream();
    for (; count >= 0; count = in.read(piece)) {
      out.write(piece, 0, count);
      out.flush();
      sent += count;
    }
    if (content.length().isPresent() && content.length().getAsLong() != sent) {
      throw new IOException(path + " ended after " + sent + " of " + content.length().getAsLong() + " bytes");
    }
  }

  private static int first(InputStream in, byte[] piece, String path) throws GuestException {
    try {
      return in.read(piece);
    } catch (IOException e) {
      throw new GuestException(GuestException.Code.AGENT, path + " could not be read", e);
    }
  }

  private void describe(FileContent content, String path, boolean partial, boolean raw) {
    response.setStatus(partial ? HttpServletResponse.SC_PARTIAL_CONTENT : HttpServletResponse.SC_OK);
    response.setContentType(raw ? content.contentType() : BYTES);
    response.setHeader("Accept-Ranges", "bytes");
    content.length().ifPresent(response::setContentLengthLong);
    if (partial) {
      long last = content.offset() + content.length().orElseThrow() - 1;
      String size = content.fileSize().isPresent() ? Long.toString(content.fileSize().getAsLong()) : "*";
      response.setHeader("Content-Range", "bytes " + content.offset() + "-" + last + "/" + size);
    }
    if (raw) {
      // What is in a capsule must never run as a page of this origin.
      String name = URLEncoder.encode(path.substring(path.lastIndexOf('/') + 1), StandardCharsets.UTF_8).replace("+", "%20");
      response.setHeader("Content-Disposition", "attachment; filename*=UTF-8''" + name);
    }
  }
}
