package dev.wrenn.itests.robust;

import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** A process in a capsule that kills the agent there when it is called, also while the user's other processes stand still. */
record AgentKiller(RunningPlatform platform, String capsule) {
  private static final int PORT = 7777;
  private static final int PATIENCE = 60_000;
  private static final String PROGRAM = """
      import os, signal, socket
      with open("/sys/fs/cgroup/cgroup.procs", "w") as group:
          group.write(str(os.getpid()))
      listener = socket.create_server(("0.0.0.0", 7777))
      while True:
          caller = listener.accept()[0]
          for pid in filter(str.isdigit, os.listdir("/proc")):
              try:
                  if pid != "1" and os.readlink("/proc/%s/exe" % pid) == os.readlink("/proc/1/exe"):
                      handle = os.pidfd_open(int(pid))
                      signal.pidfd_send_signal(handle, signal.SIGKILL)
                      caller.sendall(pid.encode() + b" ")
                      os.close(handle)
              except OSError:
                  pass
          caller.close()
      """;

  static AgentKiller in(RunningPlatform platform, String capsule) throws IOException, InterruptedException {
    Api api = platform.api();
    api.sh(capsule, "cat > /root/killer.py <<'END'\n" + PROGRAM + "END");
    api.background(capsule, "exec python3 /root/killer.py");
    AgentKiller killer = new AgentKiller(platform, capsule);
    Await.until("the killer in " + capsule, Duration.ofSeconds(120), () -> api.sh(capsule, "grep -c :1E61 /proc/net/tcp").get("stdout").asText().strip(), "1"::equals);
    return killer;
  }

  /** Returns when the agent has got its SIGKILL. */
  void kill() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address(), PORT), PATIENCE);
      socket.setSoTimeout(PATIENCE);
      String killed = new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
      if (killed.isBlank()) {
        throw new AssertionError("no agent was there to be killed in " + capsule);
      }
    }
  }

  private InetAddress address() throws IOException {
    return InetAddress.getByName(platform.address(capsule));
  }
}
