package dev.wrenn.controlplane.internal;

import dev.wrenn.platform.PlatformException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The key of this installation, read from the store when it is first needed. Thread-safe. */
@Component(service = Secrets.class)
public final class Secrets {
  private final Ledger ledger;
  private volatile PlatformSecret known;

  @Activate
  public Secrets(@Reference Ledger ledger) {
    this.ledger = ledger;
  }

  /** Two who come at the same time read the same. */
  PlatformSecret get() throws PlatformException {
    PlatformSecret secret = known;
    if (secret == null) {
      secret = PlatformSecret.of(ledger);
      known = secret;
    }
    return secret;
  }
}
