package dev.wrenn.shell.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.parsing.DefaultParser;

/**
 * Lets {@code --help} behind the id reach the command in the capsule. Karaf shows its own help for that word wherever it stands; as a
 * list of one word it doesn't know it.
 */
@Service
public final class ExecParser extends DefaultParser {

  @Override
  public String preprocess(Session session, CommandLine line) {
    return String.join(" ", guarded(Arrays.asList(line.getArguments())));
  }

  static List<String> guarded(List<String> words) {
    List<String> result = new ArrayList<>(words);
    // Every option of capsule:exec has a value: in the same word, or in the next one.
    int id = 1;
    while (id < words.size() && words.get(id).startsWith("-")) {
      id += words.get(id).contains("=") || isHelp(words.get(id)) ? 1 : 2;
    }
    for (int word = id + 1; word < words.size(); word++) {
      if (isHelp(words.get(word))) {
        result.set(word, "[" + words.get(word) + "]");
      }
    }
    return result;
  }

  private static boolean isHelp(String word) {
    return word.replaceAll("[\"']", "").equals("--help");
  }
}
