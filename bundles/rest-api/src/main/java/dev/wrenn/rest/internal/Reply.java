package dev.wrenn.rest.internal;

import jakarta.ws.rs.core.Response;

/** Successful answers. */
final class Reply {
  private Reply() {}

  static Response json(int status, Object value) {
    return Response.status(status).type(Wire.JSON).entity(Wire.write(value)).build();
  }

  /** Bytes that are shown as text, whatever they are. */
  static Response text(byte[] bytes) {
    return Response.ok(bytes, "text/plain; charset=utf-8").build();
  }

  static Response nothing() {
    return Response.noContent().build();
  }
}
