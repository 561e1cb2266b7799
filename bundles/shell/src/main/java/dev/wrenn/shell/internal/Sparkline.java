package dev.wrenn.shell.internal;

import java.util.List;

/** Numbers as a row of small bars, from 0 to the greatest of them or a given top. */
final class Sparkline {
  private static final String BARS = "▁▂▃▄▅▆▇█";
  private static final int WIDTH = 60;

  /** @param top what a full bar stands for; 0: the greatest value */
  static String of(List<Double> values, double top) {
    double full = top > 0 ? top : values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    int columns = Math.min(WIDTH, values.size());
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < columns; column++) {
      int from = (int) ((long) column * values.size() / columns);
      int to = (int) ((long) (column + 1) * values.size() / columns);
      double greatest = values.subList(from, to).stream().mapToDouble(Double::doubleValue).max().orElse(0);
      int bar = full <= 0 ? 0 : (int) Math.round(greatest / full * (BARS.length() - 1));
      line.append(BARS.charAt(Math.clamp(bar, 0, BARS.length() - 1)));
    }
    return line.toString();
  }

  private Sparkline() {}
}
