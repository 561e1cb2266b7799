package dev.wrenn.network.user.internal;

import dev.wrenn.spi.PlanId;
import dev.wrenn.spi.network.NetworkPlan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Which capsule has which loopback port: a file per port, in which its plan stands as four words. A port comes with one system call
 * that one caller wins, in whatever process or version of the driver.
 */
record PortMarkers(Path directory, int first, int count) {
  /** A port that is taken. */
  record Taken(int port, NetworkPlan plan) {}

  /** A port that nobody has marked and nobody listens on, marked; empty when there is none. */
  OptionalInt take(NetworkPlan plan) throws IOException {
    Files.createDirectories(directory);
    Path whole = Files.writeString(directory.resolve("." + UUID.randomUUID()),
        String.join(" ", plan.id().capsule(), "" + plan.id().generation(), "" + plan.agentPort(), "" + plan.egress()));
    try {
      for (int port = first; port < first + count; port++) {
        if (!Files.exists(file(port)) && isFree(port) && linked(file(port), whole)) {
          return OptionalInt.of(port);
        }
      }
      return OptionalInt.empty();
    } finally {
      Files.delete(whole);
    }
  }

  Optional<Taken> read(int port) throws IOException {
    try {
      String[] words = Files.readString(file(port)).strip().split(" ");
      PlanId id = new PlanId(words[0], Integer.parseInt(words[1]));
      return Optional.of(new Taken(port, new NetworkPlan(id, Integer.parseInt(words[2]), Boolean.parseBoolean(words[3]))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Every port of the capsule, of whichever generation. */
  List<Taken> of(String capsule) throws IOException {
    List<Taken> taken = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[0-9]*")) {
      for (Path file : files) {
        read(Integer.parseInt(file.getFileName().toString()))
            .filter(one -> one.plan().id().capsule().equals(capsule))
            .ifPresent(taken::add);
      }
    } catch (NoSuchFileException e) {
      return taken;
    }
    return taken;
  }

  void remove(int port) throws IOException {
    Files.deleteIfExists(file(port));
  }

  private static boolean linked(Path file, Path whole) throws IOException {
    try {
      Files.createLink(file, whole);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static boolean isFree(int port) throws IOException {
    try (ServerSocket trial = new ServerSocket()) {
      trial.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (java.net.BindException e) {
      return false;
    }
  }

  private Path file(int port) {
    return directory.resolve(Integer.toString(port));
  }
}
