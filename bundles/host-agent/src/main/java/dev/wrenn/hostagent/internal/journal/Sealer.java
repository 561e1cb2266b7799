package dev.wrenn.hostagent.internal.journal;

import java.io.IOException;

/** Makes bytes unreadable for whoever holds the journal but not the host's secret. */
public interface Sealer {
  String seal(byte[] plain) throws IOException;

  /** @throws IOException when they were sealed with another secret, or changed */
  byte[] open(String sealed) throws IOException;
}
