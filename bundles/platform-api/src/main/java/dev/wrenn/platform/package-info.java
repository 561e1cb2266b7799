/** What faces and extensions of the platform use: capsules, keys, accounts, hosts. */
@org.osgi.annotation.versioning.Version("1.3.0")
package dev.wrenn.platform;
