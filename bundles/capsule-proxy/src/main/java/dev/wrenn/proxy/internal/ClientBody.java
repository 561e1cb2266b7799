package dev.wrenn.proxy.internal;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** The body of a request, for one thread that waits for it. */
final class ClientBody {
  private final Request request;
  private final Semaphore arrived = new Semaphore(0);

  ClientBody(Request request) {
    this.request = request;
  }

  /** The next piece, which the caller releases. @throws IOException when the client ends before its body does */
  Content.Chunk next() throws IOException {
    for (;;) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(arrived::release);
        arrived.acquireUninterruptibly();
      } else if (Content.Chunk.isFailure(chunk)) {
        throw new IOException("the client broke off its request", chunk.getFailure());
      } else {
        return chunk;
      }
    }
  }
}
