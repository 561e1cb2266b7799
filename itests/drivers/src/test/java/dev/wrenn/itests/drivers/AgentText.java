package dev.wrenn.itests.drivers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is said to a guest's agent to have a script run, and what it answers: for carriers that pass plain text. */
final class AgentText {
  private static final String TOKEN = "drivers-it";
  /** SHA-256 of the token, for the guest's command line. */
  static final String TOKEN_HASH = sha256(TOKEN);

  private static final Pattern STDOUT = Pattern.compile("\"stdout\":\"([A-Za-z0-9+/=]*)\"");
  private static final Pattern END = Pattern.compile("\"end\":\\{[^}]*}");

  static final String HEALTH = "GET /health HTTP/1.1\r\nHost: capsule\r\nConnection: close\r\n\r\n";

  private AgentText() {}

  /** A request to run a script of {@code sh} as root; the connection is closed after the answer. */
  static String request(String script) {
    String json = "{\"process\":{\"cmd\":\"/bin/sh\",\"args\":[\"-ec\",\"" + script.replace("\\", "\\\\").replace("\"", "\\\"") + "\"]}}";
    byte[] body = json.getBytes(StandardCharsets.US_ASCII);
    // Connect's envelope: flags, and the length in four bytes, which are all below 128 for so short a script.
    String envelope = new String(ByteBuffer.allocate(5).put((byte) 0).putInt(body.length).array(), StandardCharsets.ISO_8859_1);
    String root = Base64.getEncoder().encodeToString("root:".getBytes(StandardCharsets.US_ASCII));
    return "POST /process.Process/Start HTTP/1.1\r\nHost: capsule\r\nConnection: close\r\nContent-Type: application/connect+json\r\n"
        + "Connect-Protocol-Version: 1\r\nX-Access-Token: " + TOKEN + "\r\nAuthorization: Basic " + root + "\r\nContent-Length: "
        + (body.length + envelope.length()) + "\r\n\r\n" + envelope + json;
  }

  /** What the script wrote. */
  static String output(String answer) {
    if (!answer.startsWith("HTTP/1.1 200")) {
      throw new AssertionError("The agent did not run the script: " + answer);
    }
    StringBuilder said = new StringBuilder();
    for (Matcher part = STDOUT.matcher(answer); part.find(); ) {
      said.append(new String(Base64.getDecoder().decode(part.group(1)), StandardCharsets.UTF_8));
    }
    Matcher end = END.matcher(answer);
    if (!end.find() || !end.group().contains("exit status 0")) {
      throw new AssertionError("The script failed: " + said + "\n" + answer);
    }
    return said.toString();
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
