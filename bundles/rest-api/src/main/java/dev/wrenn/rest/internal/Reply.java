package dev.wrenn.rest.internal;

import jakarta.ws.rs.core.Response;

/** Successful answers. */
final class Reply {
  private Reply() {}

  static Response json(int status, Object value) {
    return Response.status(status).type(Wire.JSON).entity(Wire.write(value)).build();
  }

  static Response nothing() {
    return Response.noContent().build();
  }
}
