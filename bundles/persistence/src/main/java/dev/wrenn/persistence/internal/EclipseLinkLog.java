package dev.wrenn.persistence.internal;

import org.eclipse.persistence.exceptions.DatabaseException;
import org.eclipse.persistence.exceptions.OptimisticLockException;
import org.eclipse.persistence.logging.AbstractSessionLog;
import org.eclipse.persistence.logging.SessionLogEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** EclipseLink's messages in the server's log, from warnings on. Failed statements are left out: the caller has the exception. */
public final class EclipseLinkLog extends AbstractSessionLog {
  private static final Logger LOG = LoggerFactory.getLogger("org.eclipse.persistence");

  public EclipseLinkLog() {
    setLevel(WARNING);
  }

  @Override
  public void log(SessionLogEntry entry) {
    if (entry.getLevel() < WARNING || entry.getException() instanceof DatabaseException
        || entry.getException() instanceof OptimisticLockException) {
      return;
    }
    if (entry.getLevel() >= SEVERE) {
      LOG.error(formatMessage(entry), entry.getException());
    } else {
      LOG.warn(formatMessage(entry), entry.getException());
    }
  }
}
