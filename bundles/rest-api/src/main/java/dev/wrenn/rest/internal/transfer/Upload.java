package dev.wrenn.rest.internal.transfer;

import dev.wrenn.files.FileEntry;
import dev.wrenn.files.Files;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.GuestException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/** What a request brings into a capsule, handed on as it comes. */
final class Upload {
  private static final int LONGEST_PATH = 1 << 16;
  private static final String PATH = "path";

  private final HttpServletRequest request;
  private final InputStream body;

  /** @param body of the request, perhaps counted or bounded */
  Upload(HttpServletRequest request, InputStream body) {
    this.request = request;
    this.body = body;
  }

  /** A form with the fields path and file. */
  FileEntry form(Files files) throws PlatformException, GuestException, IOException {
    Multipart form = Multipart.of(request.getHeader("Content-Type"), body);
    Optional<String> path = queryPath(request);
    for (Optional<Multipart.Part> part = form.next(); part.isPresent(); part = form.next()) {
      switch (part.get().name()) {
        case PATH -> path = Optional.of(text(part.get().content()));
        case "file" -> {
          return files.write(known(path, "the field path must come before the field file, or stand in the query"),
              part.get().content(), OptionalLong.empty());
        }
        default -> { }
      }
    }
    throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the field file is missing");
  }

  /** The bare bytes of the file. */
  FileEntry raw(Files files) throws PlatformException, GuestException, IOException {
    long length = request.getContentLengthLong();
    return files.write(known(queryPath(request), "the query parameter path is missing"), body,
        length < 0 ? OptionalLong.empty() : OptionalLong.of(length));
  }

  static String known(Optional<String> path, String complaint) throws PlatformException {
    return path.filter(p -> !p.isEmpty()).orElseThrow(() -> new PlatformException(PlatformException.Code.INVALID_REQUEST, complaint));
  }

  /** Read by hand: the container would look for parameters in the body, too, and take it away. */
  static Optional<String> queryPath(HttpServletRequest request) throws PlatformException {
    String query = request.getQueryString();
    if (query == null) {
      return Optional.empty();
    }
    for (String pair : query.split("&")) {
      if (pair.startsWith(PATH + "=")) {
        try {
          return Optional.of(URLDecoder.decode(pair.substring(PATH.length() + 1), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the query parameter path is not encoded as it should be", e);
        }
      }
    }
    return Optional.empty();
  }

  private static String text(InputStream content) throws IOException, PlatformException {
    byte[] bytes = content.readNBytes(LONGEST_PATH + 1);
    if (bytes.length > LONGEST_PATH) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the field path is longer than " + LONGEST_PATH + " bytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "the field path is not UTF-8", e);
    }
  }
}
