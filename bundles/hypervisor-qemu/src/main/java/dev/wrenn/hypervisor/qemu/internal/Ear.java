package dev.wrenn.hypervisor.qemu.internal;

import dev.wrenn.spi.Deadline;
import dev.wrenn.spi.DriverException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;

/** A socket that a starting QEMU calls: so its readiness is pushed, and nothing has to look again and again. */
final class Ear implements AutoCloseable {
  private final Path socket;
  private final ServerSocketChannel channel;

  /** @param group the group that may call */
  Ear(Path socket, int group) throws IOException {
    this.socket = socket;
    this.channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(socket), 1);
      CapsuleDirectory.share(socket, group, "rw-rw----");
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Waits for QEMU's call.
   *
   * @param ended completes when QEMU won't call any more
   * @throws java.nio.channels.ClosedChannelException when it has ended instead
   */
  SocketChannel answer(CompletionStage<?> ended, Deadline within) throws DriverException, IOException {
    ended.thenRun(() -> TimedIo.close(channel));
    return TimedIo.run(channel, within, "start", channel::accept);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(socket);
  }
}
