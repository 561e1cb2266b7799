package dev.wrenn.process;

import java.util.List;
import java.util.Optional;

/** A live process that was started through the platform. */
public record ProcessInfo(long pid, Optional<String> tag, String command, List<String> args, Optional<String> cwd) {}
