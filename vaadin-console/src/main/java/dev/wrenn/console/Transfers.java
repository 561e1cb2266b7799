package dev.wrenn.console;

import com.vaadin.flow.server.streams.DownloadEvent;
import com.vaadin.flow.server.streams.UploadEvent;
import dev.wrenn.files.FileContent;
import dev.wrenn.files.FileEntry;
import dev.wrenn.process.GuestException;
import dev.wrenn.platform.PlatformException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/** Files on their way between browser and capsule, from stream to stream. Called on threads of requests, without the page's lock. */
final class Transfers {
  private final String capsule;
  private final String token;
  private volatile String directory = "/";
  private volatile boolean replace;

  Transfers(String capsule, String token) {
    this.capsule = capsule;
    this.token = token;
  }

  /** Where uploads go from now on. */
  void into(String path) {
    directory = path;
  }

  /** Whether an upload may take the place of a file of its name. */
  void replace(boolean yes) {
    replace = yes;
  }

  void upload(UploadEvent event) throws IOException {
    // Browsers may send a path; only its last part is a name.
    String name = Paths.name(event.getFileName().replace('\\', '/'));
    String path = Paths.join(directory, name);
    try (InputStream in = event.getInputStream()) {
      dev.wrenn.files.Files files = Platform.files(Visitor.caller(token), capsule);
      if (!replace && exists(files, path)) {
        event.reject("There is a " + name + " already. Tick \"Replace\" to overwrite it.");
        return;
      }
      files.write(path, in, event.getFileSize() < 0 ? OptionalLong.empty() : OptionalLong.of(event.getFileSize()));
    } catch (PlatformException | GuestException refused) {
      event.reject(Problem.of(refused).message());
    }
  }

  private static boolean exists(dev.wrenn.files.Files files, String path) throws GuestException {
    try {
      files.stat(path);
      return true;
    } catch (GuestException absent) {
      if (absent.code() == GuestException.Code.NOT_FOUND) {
        return false;
      }
      throw absent;
    }
  }

  void download(DownloadEvent event) throws IOException {
    String path = Optional.ofNullable(event.getRequest().getParameter("path")).orElse("");
    try {
      dev.wrenn.files.Files files = Platform.files(Visitor.caller(token), capsule);
      FileEntry entry = files.stat(path);
      try (FileContent content = files.read(path, Optional.empty()); InputStream in = content.stream()) {
        event.setFileName(entry.name());
        event.setContentType("application/octet-stream");
        event.getResponse().setHeader("X-Content-Type-Options", "nosniff");
        if (content.length().isPresent()) {
          event.setContentLength(content.length().getAsLong());
        }
        in.transferTo(event.getOutputStream());
      }
    } catch (PlatformException | GuestException refused) {
      event.getResponse().sendError(refused instanceof PlatformException p ? p.code().status() : 404, Problem.of(refused).message());
    }
  }
}
