package dev.wrenn.rest.internal;

import java.util.Locale;

/** The text format 0.0.4 that monitoring systems read. Not thread-safe. */
final class Exposition {
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();

  /** Begins a metric; its values follow. @param kind {@code counter} or {@code gauge} */
  Exposition metric(String name, String kind, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ').append(kind).append('\n');
    return this;
  }

  /** @param labels name and value in turn */
  Exposition value(String name, double value, String... labels) {
    text.append(name);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"").append(escaped(labels[i + 1])).append('"');
    }
    text.append(labels.length > 0 ? "} " : " ").append(number(value)).append('\n');
    return this;
  }

  /** A metric with one value. */
  Exposition single(String name, String kind, String help, double value) {
    return metric(name, kind, help).value(name, value);
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : String.format(Locale.ROOT, "%.6f", value);
  }

  private static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
