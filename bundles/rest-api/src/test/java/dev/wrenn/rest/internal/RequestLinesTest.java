package dev.wrenn.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestLinesTest {
  private final List<String> written = new ArrayList<>();

  private final RequestLines lines = new RequestLines(task -> { }, written::add);

  @Test
  void whatComesTogetherIsOneMessageOfWholeLines() {
    lines.add("GET", "/v1/capsules?a=%0A", 200, 2_500_000, true, "one");
    lines.add("GET", "/v1/\r\nfake", 404, 0, false, "two");
    lines.add("POST", "/" + "x".repeat(3000), 200, 0, true, "three");
    lines.write();
    assertEquals(1, written.size());
    String[] all = written.getFirst().split("\n", -1);
    assertEquals(4, all.length, "each line has an end");
    assertTrue(all[0].matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d,\\d{3} \\| INFO  \\|                  \\| requests                         \\| one"
        + " \\| GET /v1/capsules\\?a=%0A 200 2 ms id=one"), all[0]);
    assertTrue(all[1].endsWith("| two | GET /v1/??fake 404 0 ms broken off id=two"), all[1]);
    assertTrue(all[2].length() < 2200, "what clients send is bounded");
    lines.write();
    assertEquals(1, written.size(), "nothing is nothing");
  }

  @Test
  void linesThatAreTooManyAreCounted() {
    for (int i = 0; i < RequestLines.MOST + 5; i++) {
      lines.add("GET", "/", 200, 0, true, "id");
    }
    lines.write();
    String[] all = written.getFirst().split("\n");
    assertEquals(RequestLines.MOST + 1, all.length);
    assertTrue(all[RequestLines.MOST].contains(" 5 lines are missing"), all[RequestLines.MOST]);
  }
}
