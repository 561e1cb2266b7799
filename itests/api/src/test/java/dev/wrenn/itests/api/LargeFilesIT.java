package dev.wrenn.itests.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.itests.Api;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A file that the platform's memory could not hold; {@code -Dwrenn.large.mib} makes it larger. */
@ExtendWith(Target.Shared.class)
@Timeout(1800)
class LargeFilesIT {
  private static final long BYTES = Long.getLong("wrenn.large.mib", 1280) << 20;
  private static final Duration PATIENCE = Duration.ofMinutes(25);

  private static double metric(Target target, String name) throws Exception {
    String text = target.session().get("/metrics").expect(200).text();
    Matcher line = java.util.regex.Pattern.compile("^" + java.util.regex.Pattern.quote(name) + " ([0-9.]+)$", java.util.regex.Pattern.MULTILINE).matcher(text);
    assertTrue(line.find(), name + " in " + text);
    return Double.parseDouble(line.group(1));
  }

  @Test
  void goesThroughWithoutBeingHeld(Target target) throws Exception {
    assertTrue(metric(target, "jvm_heap_max_bytes") < BYTES, "the file is larger than the platform's whole heap");
    double before = metric(target, "wrenn_file_bytes_total{direction=\"in\"}");
    if (target.platform().isPresent()) {
      target.platform().get().figures().forgetPeak();
    }
    double resident = peak(target);
    Api api = target.api();
    String id = api.post("/v1/capsules", "{\"memory_mb\":256,\"disk_mb\":" + ((BYTES >> 20) + 5120) + "}").expect(201).json().get("id").asText();
    try {
      Pattern pattern = new Pattern(BYTES);
      Upload upload = new Upload(target, id);
      long begin = System.nanoTime();
      HttpRequest put = upload.request("raw?path=/var/large").timeout(PATIENCE).PUT(BodyPublishers.ofInputStream(pattern::stream)).build();
      HttpResponse<String> up = target.http.send(put, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, up.statusCode(), up.body());
      assertEquals(BYTES, Target.JSON.readTree(up.body()).at("/entry/size").asLong());
      tell("up", begin);
      begin = System.nanoTime();
      HttpRequest get = upload.request("raw?path=/var/large").timeout(PATIENCE).build();
      HttpResponse<InputStream> down = target.http.send(get, HttpResponse.BodyHandlers.ofInputStream());
      assertEquals(BYTES, down.headers().firstValueAsLong("Content-Length").orElse(-1));
      try (InputStream body = down.body()) {
        pattern.compare(body);
      }
      tell("down", begin);
      double grown = peak(target) - resident;
      System.out.printf("the platform's memory was at most %.0f MiB larger meanwhile%n", grown);
      // The heap may grow for other reasons; a file that is held would not fit into it.
      assertTrue(grown < 256, "the platform grew by " + grown + " MiB");
      assertEquals(BYTES, (long) (metric(target, "wrenn_file_bytes_total{direction=\"in\"}") - before));
    } finally {
      api.destroy(id);
    }
  }

  /** The most resident memory since the last look, in MiB; 0 of a platform elsewhere. */
  private static double peak(Target target) throws Exception {
    return target.platform().isPresent() ? target.platform().get().figures().peakResidentMib() : 0;
  }

  private static void tell(String direction, long begin) {
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf("%d MiB %s in %.1f s: %.1f MiB/s%n", BYTES >> 20, direction, seconds, (BYTES >> 20) / seconds);
  }
}
