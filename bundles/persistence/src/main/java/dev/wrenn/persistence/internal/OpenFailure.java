package dev.wrenn.persistence.internal;

import java.io.IOException;
import java.sql.SQLException;

/** Says why a database can't be opened, and what to do about it. */
final class OpenFailure {
  private static final int H2_LOCKED = 90020;

  private OpenFailure() {}

  static String explain(DatabaseAddress address, Exception e) {
    SQLException sql = sqlIn(e);
    if (sql == null) {
      return String.valueOf(e.getMessage());
    }
    if (sql.getErrorCode() == H2_LOCKED) {
      return "another process has the file " + address.file().map(file -> file + ".mv.db").orElse("of the database")
          + " open; stop the other server, or give this one a WRENN_DIR of its own";
    }
    String state = sql.getSQLState() == null ? "" : sql.getSQLState();
    if (state.startsWith("28")) {
      return "it refuses the user '" + address.user() + "' or the password; mend DATABASE_URL";
    }
    if (state.equals("3D000")) {
      return "the server has no such database; create it or mend DATABASE_URL";
    }
    if (state.startsWith("08")) {
      return sql.getMessage() + "; start the server or mend DATABASE_URL";
    }
    return sql.getMessage();
  }

  /** Whether the explanation says it all, so that a stack trace would only be in the way. */
  static boolean isPlain(Exception e) {
    return e instanceof IOException || sqlIn(e) != null;
  }

  private static SQLException sqlIn(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    return null;
  }
}
