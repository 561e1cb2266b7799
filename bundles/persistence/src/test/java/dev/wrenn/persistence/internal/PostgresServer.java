package dev.wrenn.persistence.internal;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server of a test's own: in a temporary folder, on a loopback port, ended with the test. */
public final class PostgresServer implements AutoCloseable {
  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");

  private final Path bin;
  private final Path folder;
  private final int port;

  private PostgresServer(Path bin, Path folder, int port) {
    this.bin = bin;
    this.folder = folder;
    this.port = port;
  }

  private static Path installed() throws IOException {
    if (Files.isDirectory(INSTALLED)) {
      try (Stream<Path> versions = Files.list(INSTALLED)) {
        Optional<Path> newest = versions.map(version -> version.resolve("bin")).filter(bin -> Files.isExecutable(bin.resolve("initdb")))
            .max(Comparator.naturalOrder());
        if (newest.isPresent()) {
          return newest.get();
        }
      }
    }
    throw new IOException("PostgreSQL is not installed below " + INSTALLED + ", and the platform is tested with it: run scripts/setup.sh");
  }

  /** @throws IOException when PostgreSQL is not installed or doesn't start */
  public static PostgresServer start() throws IOException, InterruptedException {
    Path bin = installed();
    Path folder = Files.createTempDirectory("wrenn-postgres");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    PostgresServer server = new PostgresServer(bin, folder, port);
    if (isRoot()) {
      server.run(List.of("chown", "postgres", folder.toString()));
    }
    // Whatever ends the test's process in order ends the server too.
    Runtime.getRuntime().addShutdownHook(new Thread(server::closeQuietly));
    server.asServer("initdb", "-D", folder.resolve("data").toString(), "-U", "wrenn", "-A", "trust", "-E", "UTF8", "--no-sync");
    server.up();
    server.asServer("createdb", "-h", "127.0.0.1", "-p", Integer.toString(port), "-U", "wrenn", "wrenn");
    return server;
  }

  /** As a customer writes it in DATABASE_URL. */
  String url() {
    return url("wrenn");
  }

  String url(String database) {
    return "postgres://wrenn:unused@127.0.0.1:" + port + "/" + database + "?sslmode=disable";
  }

  /** An empty one, if it isn't there. */
  void ensure(String database) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/wrenn?user=wrenn&sslmode=disable");
        Statement statement = connection.createStatement();
        ResultSet there = statement.executeQuery("select 1 from pg_database where datname = '" + database + "'")) {
      if (!there.next()) {
        try (Statement create = connection.createStatement()) {
          create.execute("create database " + database);
        }
      }
    }
  }

  public void up() throws IOException, InterruptedException {
    asServer("pg_ctl", "-D", folder.resolve("data").toString(), "-w", "-t", "30", "-l", folder.resolve("log").toString(), "-o",
        "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + folder + " -c max_connections=300 -c fsync=off", "start");
  }

  /** At once, as in a crash. */
  public void down() throws IOException, InterruptedException {
    asServer("pg_ctl", "-D", folder.resolve("data").toString(), "-m", "immediate", "-w", "-t", "30", "stop");
  }

  @Override
  public synchronized void close() throws IOException, InterruptedException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    if (Files.exists(folder.resolve("data/postmaster.pid"))) {
      down();
    }
    // Many thousand files, and whatever ends the process waits for it.
    run(List.of("rm", "-rf", folder.toString()));
  }

  private void closeQuietly() {
    try {
      close();
    } catch (IOException e) {
      System.err.println("The test's PostgreSQL server in " + folder + " could not be ended: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private void asServer(String program, String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
    }
    command.add(bin.resolve(program).toString());
    command.addAll(List.of(args));
    run(command);
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("wrenn-postgres", ".out");
    try {
      Process process = new ProcessBuilder(command).directory(new File("/")).redirectErrorStream(true).redirectOutput(output.toFile()).start();
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(command + " failed: " + Files.readString(output));
      }
    } finally {
      Files.delete(output);
    }
  }
}
