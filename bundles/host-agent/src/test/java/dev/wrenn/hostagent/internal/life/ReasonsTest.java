package dev.wrenn.hostagent.internal.life;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.wrenn.spi.DriverException;
import dev.wrenn.spi.DriverException.Code;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ReasonsTest {
  private static String told(DriverException failure) {
    return Reasons.of("save", "cl-a", failure).getMessage();
  }

  @Test
  void whatAFailureSaysAlreadyIsNotSaidAgain() {
    IOException full = new IOException("the file system is full. Make room");
    assertEquals("cl-a: It could not be saved: the file system is full. Make room",
        told(DriverException.of(Code.NO_CAPACITY, "save", "It could not be saved: the file system is full. Make room", full)));
  }

  @Test
  void whatItDoesNotSayIsAdded() {
    assertEquals("cl-a: It could not be saved (java.io.IOException: broken)", told(DriverException.of(Code.IO, "save", "It could not be saved", new IOException("broken"))));
    assertEquals("cl-a: It could not be saved (no such tool)", told(DriverException.of(Code.IO, "save", "It could not be saved").withDetail("no such tool")));
    assertEquals("cl-a: It could not be saved", told(DriverException.of(Code.IO, "save", "It could not be saved")));
  }
}
