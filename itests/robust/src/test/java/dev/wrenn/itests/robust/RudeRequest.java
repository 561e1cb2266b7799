package dev.wrenn.itests.robust;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One request that nobody should send. It never ends the capsule that it may name, also where it is understood.
 *
 * @param whole whether it has as much of a body as it says
 */
record RudeRequest(String method, String target, List<String> headers, byte[] body, boolean whole) {
  private static final String[] OF_CAPSULES = {"exec", "ping", "history", "logs", "metrics", "ports", "ports/8000", "ports/99999", "ports/x", "files/list", "files/stat",
      "files/mkdir", "files/remove", "files/move", "files/copy", "files/chmod", "files/write", "files/stream/write", "files/read", "files/stream/read", "files/raw",
      "files/watch", "exec/stream", "pty", "processes", "processes/no-such", "processes/-1", "processes/%00", "processes/99999999999999999999", "nothing", "%2e%2e", ";x=y"};
  private static final String[] OTHERS = {"/v1/capsules/stats", "/v1/capsules/usage", "/v1/api-keys", "/v1/api-keys/x", "/v1/limits", "/v1/snapshots", "/v1/hosts", "/v1/drivers",
      "/v1/admin/teams/x/limits", "/health", "/metrics", "/openapi.yaml", "/docs", "/", "/v1", "/v1//capsules", "/api/v1/capsules/x", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
      "/sandboxes/x", "/v2/sandboxes", "/templates", "*", "http://elsewhere.example/v1/capsules", "/" + "x".repeat(9000), "/console/../v1/capsules"};
  private static final String[] OF_AGENTS = {"/files", "/files/compose", "/health", "/init", "/metrics", "/envs", "/activity", "/log", "/disk/grow", "/snapshot/prepare",
      "/connect/8000", "/connect/x", "/connect/49983", "/process.Process/List", "/process.Process/Start", "/process.Process/Connect", "/process.Process/Update",
      "/process.Process/SendInput", "/process.Process/StreamInput", "/process.Process/SendSignal", "/process.Process/CloseStdin", "/filesystem.Filesystem/Stat",
      "/filesystem.Filesystem/MakeDir", "/filesystem.Filesystem/Move", "/filesystem.Filesystem/Copy", "/filesystem.Filesystem/Chmod", "/filesystem.Filesystem/ListDir",
      "/filesystem.Filesystem/Remove", "/filesystem.Filesystem/CreateWatcher", "/filesystem.Filesystem/GetWatcherEvents", "/filesystem.Filesystem/RemoveWatcher", "/nothing"};

  static RudeRequest toRest(Dice dice, String capsule, String key) {
    String method = dice.chance(85) ? dice.of("GET", "POST", "POST", "POST", "PUT", "HEAD") : dice.of("BREW", "get", "TRACE", "OPTIONS", "PATCH", "DELETE", "PRI", "P\u00e4ST");
    String what = dice.of(OF_CAPSULES);
    boolean real = dice.chance(70) && !method.equals("DELETE");
    String id = real ? capsule : dice.of("cl-", "cl-0", "nonsense", "%00", "cl-" + "0".repeat(25), "..", "cl-" + "z".repeat(300), capsule.toUpperCase(java.util.Locale.ROOT), "*");
    String target = dice.chance(75) ? "/v1/capsules/" + id + "/" + what + query(dice) : dice.of(OTHERS) + query(dice);
    List<String> headers = new ArrayList<>(List.of("Host: " + dice.of("x", "x", "x", "localhost", "8000-cl-.x", "[::", "x:99999")));
    headers.add("X-API-Key: " + (dice.chance(85) ? key : dice.of("", "wrong", "x".repeat(2000), "wrn_\u00e4")));
    return with(dice, method, target, headers);
  }

  static RudeRequest toAgent(Dice dice, String sandbox, String token) {
    String method = dice.chance(85) ? dice.of("GET", "POST", "POST", "POST") : dice.of("BREW", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE");
    List<String> headers = new ArrayList<>(List.of("Host: x", "E2b-Sandbox-Id: " + (dice.chance(90) ? sandbox : dice.of("", "x", "cl0", "../..", "x".repeat(3000))),
        "E2b-Sandbox-Port: " + (dice.chance(90) ? "49983" : dice.of("", "0", "-1", "99999", "x", "7"))));
    if (dice.chance(85)) {
      headers.add("X-Access-Token: " + (dice.chance(85) ? token : dice.of("", "wrong", "x".repeat(3000))));
    }
    return with(dice, method, dice.of(OF_AGENTS) + query(dice), headers);
  }

  private static String query(Dice dice) {
    return switch (dice.number(7)) {
      case 0, 1, 2 -> "?path=" + URLEncoder.encode(dice.path(), StandardCharsets.UTF_8);
      case 3 -> "?" + dice.of("range=%zz", "bytes=-1", "bytes=99999999999999999999", "ended=maybe", "from=yesterday&to=1e9", "signal=no-such", "a".repeat(7000), "path", "&&&=&", "range=1h;x",
          "signature=v1_x&signature_expiration=x", "username=no-such", "username=%00");
      default -> "";
    };
  }

  private static RudeRequest with(Dice dice, String method, String target, List<String> headers) {
    int kind = dice.number(5);
    byte[] body = method.equals("GET") && dice.chance(80) ? new byte[0] : kind == 0 ? dice.form() : kind == 1 ? dice.envelopes() : kind == 2 ? dice.noise(70_000) : dice.json();
    if (dice.chance(85)) {
      headers.add("Content-Type: " + (kind == 0 ? "multipart/form-data; boundary=" + dice.of("limit", "limit", "limit", "", "\"", "x".repeat(300)) : kind == 1 ? "application/connect+json"
          : dice.of("application/json", "application/json", "application/octet-stream", "application/json; charset=utf-99", "text/plain", "///", "application/proto")));
    }
    if (dice.chance(40)) {
      headers.add(dice.of("Accept: " + dice.of("*", "text/html;q=9", "application/problem+json", ",,,"), "Range: bytes=" + dice.of("5-1", "-", "a-b", "0-,1-", "99999999999999999999-"),
          "Idempotency-Key: " + dice.of("", "ä", "x".repeat(400)), "X-Request-Id: " + dice.of("", "<x>", "x".repeat(100)), "X-HTTP-Method-Override: DELETE", "Expect: " + dice.of("100-continue", "200-maybe"),
          "X-Large: " + "x".repeat(7000), "X-Large: " + "x".repeat(9000), "no colon", ": empty", "X-Control: \u0001\u007f", " folded", "Content-Encoding: gzip", "Connect-Protocol-Version: 99",
          "Connect-Timeout-Ms: x", "Authorization: Bearer x", "Cookie: a=b; ;=;", "Upgrade: websocket", "Connection: Upgrade, close", "Content-Length: 5"));
    }
    boolean whole = headers.stream().noneMatch(h -> h.startsWith("Content-Length:"));
    if (dice.chance(15)) {
      headers.add("Transfer-Encoding: " + dice.of("chunked", "chunked", "chunked, chunked", "x"));
      String size = dice.chance(80) ? Integer.toHexString(body.length) : dice.of("-5", "zz", "ffffffffffffffff", "5;x=\"");
      String end = body.length == 0 ? dice.of("\r\n", "") : dice.of("\r\n0\r\n\r\n", "\r\n0\r\nX: y\r\n\r\n", "\r\n", "");
      whole &= size.equals(Integer.toHexString(body.length)) && end.endsWith(body.length == 0 ? "\r\n" : "\r\n\r\n") && headers.getLast().endsWith(": chunked");
      body = chunk(size, body, end);
    } else if (body.length > 0 || dice.chance(20)) {
      String length = dice.chance(90) ? Integer.toString(body.length) : dice.of("-1", "x", "99999999999999999999", "+5", Integer.toString(body.length + 10));
      whole &= length.equals(Integer.toString(body.length));
      headers.add("Content-Length: " + length);
    }
    return new RudeRequest(method, target, headers, body, whole);
  }

  private static byte[] chunk(String size, byte[] body, String end) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes((size + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    all.writeBytes(body);
    all.writeBytes(end.getBytes(StandardCharsets.ISO_8859_1));
    return all.toByteArray();
  }

  @Override
  public String toString() {
    String text = method + " " + target + " " + headers + " " + new String(body, 0, Math.min(300, body.length), StandardCharsets.ISO_8859_1);
    return text.length() > 1500 ? text.substring(0, 1500) + "…" : text;
  }
}
