package dev.wrenn.shell.internal;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.karaf.shell.support.CommandException;

/** Words of a command line as the shell hands them over. */
final class Words {

  /** A list of the shell stands for its items. A {@code --} in front is left out: some write it by habit. */
  static List<String> of(List<Object> arguments) {
    List<String> words = arguments.stream().flatMap(Words::items).map(String::valueOf).toList();
    return !words.isEmpty() && words.getFirst().equals("--") ? words.subList(1, words.size()) : words;
  }

  private static Stream<?> items(Object argument) {
    return argument instanceof Collection<?> list ? list.stream() : Stream.of(argument);
  }

  static Map<String, String> variables(List<String> pairs) throws CommandException {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String pair : pairs == null ? List.<String>of() : pairs) {
      int sign = pair.indexOf('=');
      if (sign < 1) {
        throw Failure.of("--env wants NAME=VALUE, not '" + pair + "'.");
      }
      variables.put(pair.substring(0, sign), pair.substring(sign + 1));
    }
    return variables;
  }

  private Words() {}
}
