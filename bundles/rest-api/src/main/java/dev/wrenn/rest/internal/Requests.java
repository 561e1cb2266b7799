package dev.wrenn.rest.internal;

import java.util.List;
import java.util.Map;

/** The bodies that the API takes; every field may be absent. */
final class Requests {
  private Requests() {}

  record Login(String email, String password) {}

  record NewKey(String name) {}

  record NewCapsule(String template, Integer vcpus, Integer memoryMb, Integer timeoutSec, Integer diskMb) {}

  record Exec(
      String cmd, List<String> args, Integer timeoutSec, Boolean background, String tag, Map<String, String> envs, String cwd, String user) {}
}
