package dev.wrenn.rest.internal;

import java.util.function.BiConsumer;

/** What every answer of the API tells browsers. */
final class CarefulHeaders {
  private CarefulHeaders() {}

  static void to(BiConsumer<String, String> headers) {
    headers.accept("X-Content-Type-Options", "nosniff");
    headers.accept("X-Frame-Options", "DENY");
    headers.accept("Referrer-Policy", "no-referrer");
    headers.accept("Cache-Control", "no-store");
    headers.accept("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
}
