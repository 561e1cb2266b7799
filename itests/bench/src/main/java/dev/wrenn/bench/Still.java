package dev.wrenn.bench;

import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a guest stood still when it was saved last: its host notes that in its journal. */
final class Still {
  private Still() {}

  static double last(RunningPlatform platform, String capsule) throws IOException {
    Pattern noted = Pattern.compile("\"id\":\"" + capsule + "\".*\"still_ms\":\"([0-9.]+)\"");
    double last = Double.NaN;
    for (String line : Files.readAllLines(platform.data().resolve("host/journal"))) {
      Matcher found = noted.matcher(line);
      last = found.find() ? Double.parseDouble(found.group(1)) : last;
    }
    if (Double.isNaN(last)) {
      throw new IOException("the journal does not say how long " + capsule + " stood still");
    }
    return last;
  }
}
