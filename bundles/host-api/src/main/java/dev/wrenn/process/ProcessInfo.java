package dev.wrenn.process;

import java.util.List;
import java.util.Optional;

/**
 * A live process that was started through the platform.
 *
 * @param user name of whom it was started as; empty when the agent does not tell
 */
public record ProcessInfo(long pid, Optional<String> tag, String command, List<String> args, Optional<String> cwd, Optional<String> user) {}
