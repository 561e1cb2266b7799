package dev.wrenn.proxy.internal;

/**
 * Where a request goes.
 *
 * @param capsule the id as the platform knows it
 * @param named the id as the client wrote it
 * @param e2b whether the client is one of E2B's, and so wants E2B's words when something fails
 */
record Route(Way way, String capsule, String named, int port, boolean e2b) {
  /** The port of the agent in every capsule. */
  static final int AGENT_PORT = 49983;

  /** How the client said it. */
  enum Way { HOST_NAME, WRENN_HEADERS, E2B_HEADERS, SIGNATURE }

  boolean toAgent() {
    return port == AGENT_PORT;
  }

  boolean byHostName() {
    return way == Way.HOST_NAME;
  }
}
