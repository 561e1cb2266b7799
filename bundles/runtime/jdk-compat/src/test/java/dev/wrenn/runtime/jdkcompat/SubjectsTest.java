package dev.wrenn.runtime.jdkcompat;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.security.auth.Subject;
import org.junit.jupiter.api.Test;

class SubjectsTest {

  private final Subject outer = new Subject();
  private final Subject inner = new Subject();

  @Test
  void nestsAndRestores() {
    Object seen = Subjects.doAs(outer, (PrivilegedAction<Object>) () -> {
      assertSame(inner, Subjects.doAs(inner, (PrivilegedAction<Object>) Subjects::current));
      return Subjects.current();
    });
    assertSame(outer, seen);
    assertNull(Subjects.current());
  }

  @Test
  void threadsInheritTheSubject() {
    Object seen = Subjects.doAs(outer, (PrivilegedAction<Object>) () -> {
      FutureTask<Subject> task = new FutureTask<>(Subjects::current);
      new Thread(task).start();
      return assertDoesNotThrow(() -> task.get(10, TimeUnit.SECONDS));
    });
    assertSame(outer, seen);
  }

  @Test
  void exceptionsKeepTheirKind() {
    PrivilegedExceptionAction<Object> checked = () -> { throw new IOException("disk"); };
    PrivilegedActionException wrapped = assertThrows(PrivilegedActionException.class, () -> Subjects.doAs(outer, checked));
    assertEquals("disk", wrapped.getException().getMessage());
    PrivilegedAction<Object> unchecked = () -> { throw new IllegalArgumentException("bad"); };
    assertThrows(IllegalArgumentException.class, () -> Subjects.doAs(outer, unchecked));
    assertNull(Subjects.current());
  }
}
