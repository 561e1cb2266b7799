/**
 * The state store as the control plane and the auth bundle see it: one service, {@link dev.wrenn.persistence.Store}, with a small
 * repository per kind of row. Nobody else should import this package.
 */
@org.osgi.annotation.versioning.Version("1.5.0")
package dev.wrenn.persistence;
