package dev.wrenn.shell.internal;

import java.util.regex.Pattern;

/** Values that a command line hands to a capsule: they may be secret, and no log is to have them. */
final class Secrets {
  private static final String OPTION = "((?:^|\\s)(?:-e|--env)[\\s=]+)";
  private static final Pattern IN_QUOTES = Pattern.compile(OPTION + "([\"'])([^=]+=).*?\\2");
  private static final Pattern BARE = Pattern.compile(OPTION + "([^\\s=\"']+=)(\"[^\"]*\"|'[^']*'|\\S*)");

  static String hidden(String line) {
    return BARE.matcher(IN_QUOTES.matcher(line).replaceAll("$1$2$3…$2")).replaceAll("$1$2…");
  }

  private Secrets() {}
}
