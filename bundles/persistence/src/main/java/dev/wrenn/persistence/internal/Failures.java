package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.StoreException.Code;
import jakarta.persistence.EntityExistsException;
import jakarta.persistence.OptimisticLockException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/** From what JPA, Hikari and the drivers throw to what a caller can act on. */
final class Failures {
  private static final String UNIQUE = "23505";
  /** Serialization failure, deadlock (PostgreSQL, H2), H2's lock timeout and concurrent update. */
  private static final Set<String> CONTENDED = Set.of("40001", "40P01", "HYT00", "90131");
  /** PostgreSQL shutting down or full; H2's file gone, or closed by others. */
  private static final Set<String> GONE = Set.of("57P01", "57P02", "57P03", "53300", "90028", "90031", "90007");

  /** H2's file could not be written or read: it takes no more calls, also when the reason has gone. */
  private static final Set<String> BROKEN = Set.of("90098", "90121");
  private static final String BROKEN_FILE = "org.h2.mvstore.MVStoreException";

  private static final String DISK_FULL = "53100";
  /** As the system says it; Java has no type for it. */
  private static final Set<String> NO_ROOM = Set.of("No space left on device", "Disk quota exceeded");

  private Failures() {}

  /** Whether what failed is that there is no room to write. */
  private static boolean isFull(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof SQLException sql && DISK_FULL.equals(sql.getSQLState()) || NO_ROOM.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a database that this process holds has closed itself. */
  static boolean isBroken(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause.getClass().getName().equals(BROKEN_FILE) || cause instanceof SQLException sql && sql.getSQLState() != null && BROKEN.contains(sql.getSQLState())) {
        return true;
      }
    }
    return false;
  }

  static StoreException tell(RuntimeException e) {
    if (e instanceof StoreException told) {
      return told;
    }
    if (isFull(e)) {
      return new StoreException(Code.FULL, "there is no room on the database's disk: " + e.getMessage(), e);
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OptimisticLockException || cause instanceof org.eclipse.persistence.exceptions.OptimisticLockException) {
        return new StoreException(Code.CONTENDED, "others kept changing the same row; try again", e);
      }
      if (cause instanceof EntityExistsException) {
        return new StoreException(Code.DUPLICATE, "a row with that id is there already", e);
      }
      if (cause instanceof SQLException sql) {
        return told(sql, e);
      }
    }
    return new StoreException(Code.FAILED, "the database call failed: " + e.getMessage(), e);
  }

  private static StoreException told(SQLException sql, RuntimeException e) {
    String state = sql.getSQLState() == null ? "" : sql.getSQLState();
    if (state.equals(UNIQUE)) {
      return new StoreException(Code.DUPLICATE, "a row with that id or unique value is there already", e);
    }
    if (CONTENDED.contains(state)) {
      return new StoreException(Code.CONTENDED, "others kept changing the same rows; try again", e);
    }
    if (isGone(sql, state) || isBroken(sql)) {
      return new StoreException(Code.UNAVAILABLE, "the database can't be reached: " + sql.getMessage(), e);
    }
    return new StoreException(Code.FAILED, "the database refused: " + sql.getMessage(), e);
  }

  private static boolean isGone(SQLException sql, String state) {
    return state.startsWith("08") || GONE.contains(state) || sql instanceof SQLTransientConnectionException
        || sql instanceof SQLNonTransientConnectionException || sql instanceof SQLRecoverableException
        && !(sql.getCause() instanceof SQLIntegrityConstraintViolationException);
  }
}
