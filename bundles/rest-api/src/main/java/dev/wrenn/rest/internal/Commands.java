package dev.wrenn.rest.internal;

import dev.wrenn.platform.PlatformException;
import dev.wrenn.process.ProcessSpec;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Commands as requests and stream messages name them. */
public final class Commands {
  private Commands() {}

  /** Empty strings count as absent, as they do in the JSON of common clients. @throws PlatformException {@code INVALID_REQUEST} */
  public static ProcessSpec spec(String cmd, List<String> args, Map<String, String> envs, String cwd, String user)
      throws PlatformException {
    if (blank(cmd)) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "cmd is required: the program to run, with its arguments in args");
    }
    List<String> arguments = args == null ? List.of() : args;
    Map<String, String> variables = envs == null ? Map.of() : envs;
    noNull("args", arguments);
    noNull("envs", variables.values());
    return ProcessSpec.of(cmd, arguments.toArray(String[]::new)).withEnv(variables)
        .withCwd(blank(cwd) ? null : cwd).withUser(blank(user) ? null : user);
  }

  /** A tag that is not in use: {@code proc-} or {@code pty-} and 8 hex digits. */
  public static String tag(String prefix) {
    return prefix + "-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
  }

  /** The line that a shell prints for a program that is not there. */
  public static String missing(String cmd) {
    return "sh: " + cmd + ": not found\n";
  }

  public static boolean blank(String text) {
    return text == null || text.isEmpty();
  }

  private static void noNull(String field, Collection<String> texts) throws PlatformException {
    for (String text : texts) {
      if (text == null) {
        throw new PlatformException(PlatformException.Code.INVALID_REQUEST, field + " must hold strings, not null");
      }
    }
  }
}
