package dev.wrenn.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What every driver says of itself. A driver is an OSGi service registered under its kind's interface with the properties
 * {@value #NAME} and {@value #VERSION}; {@code service.ranking} decides which one new capsules get.
 *
 * <p><b>Rules that bind every driver.</b> Calls come on virtual threads and may block until their deadline; an interrupt means
 * stop soon. Per object the host calls one at a time, different objects in parallel. A plan carries a {@link PlanId}: the same
 * plan twice gives the same object; another generation of a capsule that still has an object is a {@code CONFLICT}. Whatever a
 * driver holds in the JVM can vanish at any moment without harm to what it made; stopping the bundle ends none of it, and
 * children are started so that they don't die with the JVM. A driver keeps no state of its own beside handles and the objects
 * themselves, starts no timer, and decides nothing about policy.
 */
@ConsumerType
public interface Driver {
  /** Service property, String: the driver's name, unique in its kind: {@code qemu}, {@code file}, {@code tap}. */
  String NAME = "dev.wrenn.driver.name";
  /** Service property, String: the version of the bundle that provides it. */
  String VERSION = "dev.wrenn.driver.version";

  String name();

  String version();

  /**
   * Finds out what this driver can really do on this machine, by doing it. Safe to call at any time beside running capsules.
   *
   * @throws DriverException {@code TIMEOUT} when that could not be found out in time. A machine that can't run the driver is no
   *     error: the report says so, and why.
   */
  Probe probe(Deadline within) throws DriverException;

  /**
   * Ends and removes whatever this driver has made for that id, finished or half made, known to this instance or not. Succeeds
   * when there is nothing. The compensation for a call whose outcome was lost.
   */
  void discard(PlanId id, Deadline within) throws DriverException;
}
