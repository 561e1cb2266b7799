package dev.wrenn.shell.internal;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.parsing.DefaultParser;

/** Lets {@code -} be the source, which Karaf takes for an option before the first argument. */
@Service
public final class CpParser extends DefaultParser {
  /** The same for {@link CpCommand}. */
  static final String STREAM = "stream:";

  @Override
  public String preprocess(Session session, CommandLine line) {
    return named(Arrays.asList(line.getArguments()));
  }

  static String named(List<String> words) {
    return words.stream().map(word -> word.equals("-") ? STREAM : word).collect(Collectors.joining(" "));
  }
}
