package dev.wrenn.e2b.internal;

import jakarta.ws.rs.core.Response;

/** Successful answers. */
final class Reply {
  private Reply() {}

  static Response json(int status, Object value) {
    return builder(status, value).build();
  }

  static Response.ResponseBuilder builder(int status, Object value) {
    return Response.status(status).type(Json.TYPE).entity(Json.write(value));
  }

  static Response nothing() {
    return Response.noContent().build();
  }
}
