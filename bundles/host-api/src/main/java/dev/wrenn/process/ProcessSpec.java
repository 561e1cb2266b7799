package dev.wrenn.process;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process to start in a guest.
 *
 * @param command program: a path, or a name that is looked up in the guest's PATH; no shell is put around it
 * @param args its arguments, without the program
 * @param env variables beside those of the capsule and the user
 * @param cwd absolute or relative to the user's home; absent: the home
 * @param user name of a user in the guest; absent: the capsule's default user
 * @param tag name by which the process can be selected; absent: none
 * @param input whether the process gets an input that can be written; otherwise it reads end-of-file
 * @param terminal size of the terminal that it runs on; absent: it has none, and output and errors are apart
 * @param timeLimit after which its whole process group is killed; absent: none
 */
public record ProcessSpec(
    String command,
    List<String> args,
    Map<String, String> env,
    Optional<String> cwd,
    Optional<String> user,
    Optional<String> tag,
    boolean input,
    Optional<TerminalSize> terminal,
    Optional<Duration> timeLimit) {

  public ProcessSpec {
    args = List.copyOf(args);
    env = Map.copyOf(env);
  }

  /** A command with arguments and nothing else said. */
  public static ProcessSpec of(String command, String... args) {
    return new ProcessSpec(command, List.of(args), Map.of(), Optional.empty(), Optional.empty(), Optional.empty(), false,
        Optional.empty(), Optional.empty());
  }

  public ProcessSpec withEnv(Map<String, String> env) {
    return new ProcessSpec(command, args, env, cwd, user, tag, input, terminal, timeLimit);
  }

  public ProcessSpec withCwd(String cwd) {
    return new ProcessSpec(command, args, env, Optional.ofNullable(cwd), user, tag, input, terminal, timeLimit);
  }

  public ProcessSpec withUser(String user) {
    return new ProcessSpec(command, args, env, cwd, Optional.ofNullable(user), tag, input, terminal, timeLimit);
  }

  public ProcessSpec withTag(String tag) {
    return new ProcessSpec(command, args, env, cwd, user, Optional.ofNullable(tag), input, terminal, timeLimit);
  }

  public ProcessSpec withInput() {
    return new ProcessSpec(command, args, env, cwd, user, tag, true, terminal, timeLimit);
  }

  public ProcessSpec withTerminal(TerminalSize size) {
    return new ProcessSpec(command, args, env, cwd, user, tag, true, Optional.of(size), timeLimit);
  }

  public ProcessSpec withTimeLimit(Duration limit) {
    return new ProcessSpec(command, args, env, cwd, user, tag, input, terminal, Optional.of(limit));
  }

  /** Columns and rows, both at least 1. */
  public record TerminalSize(int columns, int rows) {}
}
